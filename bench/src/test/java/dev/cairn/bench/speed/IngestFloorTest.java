package dev.cairn.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.engine.Durability;
import dev.cairn.bench.speed.WriteTrace.Op;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestFloorTest {
  private static final int BATCH = 20;
  private static final int BATCHES = 8;

  @TempDir Path folder;

  @Test
  void theFloorWritesAsManyRowsOfTheSameLengthsAsTheStore() throws Exception {
    Path ownFolder = folder.resolve("own");
    WriteTrace own;
    try (OwnStore store = OwnStore.open(ownFolder)) {
      for (int i = 0; i < BATCHES; i++) {
        store.put(IngestFloor.payloads(5, (long) i * BATCH, BATCH), Durability.SYNCED);
      }
      own = WriteTrace.last(ownFolder, BATCHES);
    }
    WriteTrace floor;
    try (IngestFloor raw = IngestFloor.open(folder, BATCH)) {
      RowMaker maker = raw.maker(1);
      for (int i = 0; i < BATCHES; i++) {
        raw.put(IngestFloor.payloads(5, (long) i * BATCH, BATCH), maker.batch(), true);
      }
      floor = WriteTrace.last(folder.resolve("floor"), BATCHES);
    }
    assertThat(rows(floor)).isEqualTo(rows(own));
    assertThat(own.bytesPerBatch()).isGreaterThan(BATCH * Setting.PAYLOAD_BYTES);
  }

  /**
   * Rows by family and lengths; a row that names the store itself, once in its life, is left out.
   */
  private static Map<String, Long> rows(WriteTrace trace) {
    return trace.batches().stream()
        .flatMap(List::stream)
        .collect(Collectors.groupingBy(IngestFloorTest::kin, TreeMap::new, Collectors.counting()));
  }

  private static String kin(Op op) {
    return op.kind() + " " + op.family() + " " + op.key().length + "+" + op.value().length;
  }
}
