package dev.cairn.testkit.ledger;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class RocksLedgerTest extends LedgerContract {
  private Path folder;
  private int opened;

  @BeforeTry
  void begin() throws IOException {
    folder = Files.createTempDirectory("cairn-ledger-");
  }

  @AfterTry
  void end() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> files = all.sorted(Comparator.reverseOrder()).toList();
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  @Override
  StorageEngine open() {
    try {
      Path place = Files.createDirectory(folder.resolve(Integer.toString(opened++)));
      return RocksEngine.open(place.resolve("db"), TABLES, RocksOptions.DEFAULT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
