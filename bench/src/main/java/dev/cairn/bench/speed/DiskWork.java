package dev.cairn.bench.speed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDBException;

/** Bytes of all files of the closed store beside those of its payloads, family by family. */
final class DiskWork implements Work {
  private static final double LIMIT = 1.15;
  private static final long SMALL_BYTES = 1 << 20;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    double payload = (double) setting.count() * Setting.PAYLOAD_BYTES;
    double ratio = Folders.bytes(setting.ownFolder()) / payload;
    report.below("bytes on disk, to payload", "×", new double[] {ratio}, LIMIT);
    try (RawDatabase raw = RawDatabase.beside(setting.ownFolder())) {
      Map<String, Long> tables = new TreeMap<>();
      for (LiveFileMetaData file : raw.database().getLiveFilesMetaData()) {
        String family = new String(file.columnFamilyName(), StandardCharsets.UTF_8);
        tables.merge(family, file.size(), Long::sum);
      }
      for (Map.Entry<String, ColumnFamilyHandle> family : raw.families().entrySet()) {
        describe(raw, family.getKey(), family.getValue(), tables, payload, report);
      }
    }
    report.note("write-ahead log", Report.text("%.4f of payload", logs(setting) / payload));
  }

  private static void describe(
      RawDatabase raw,
      String name,
      ColumnFamilyHandle family,
      Map<String, Long> tables,
      double payload,
      Report report)
      throws RocksDBException {
    long table = tables.getOrDefault(name, 0L);
    long blob = raw.database().getLongProperty(family, "rocksdb.total-blob-file-size");
    if (table + blob >= SMALL_BYTES) {
      report.note(
          "family " + name,
          Report.text("tables %.4f, blobs %.4f", table / payload, blob / payload));
    }
  }

  private static long logs(Setting setting) throws IOException {
    try (Stream<Path> files = Files.walk(setting.ownFolder())) {
      return files.filter(file -> file.toString().endsWith(".log")).mapToLong(DiskWork::size).sum();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
