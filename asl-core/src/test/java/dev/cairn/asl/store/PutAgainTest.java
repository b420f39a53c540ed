package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Many artifacts put again at once: nothing is written of what is here, and what is lost heals. */
final class PutAgainTest {
  private static final int COUNT = 120;

  private static List<PreparedArtifact> artifacts(Store store, int from, int to) {
    List<PreparedArtifact> artifacts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      artifacts.add(store.prepare(null, Bytes.utf8("artifact " + i)));
    }
    return artifacts;
  }

  private static long put(Store store, List<PreparedArtifact> artifacts) {
    CommitDraft draft = new CommitDraft();
    artifacts.forEach(draft::put);
    return store.commit(draft).written();
  }

  private static List<Row> content(StorageEngine engine) {
    List<Row> rows = new ArrayList<>();
    try (RowCursor cursor = engine.scan(StoreTables.CONTENT, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.add(new Row(cursor.key(), cursor.value()));
      }
    }
    return rows;
  }

  @Test
  void whatIsHereIsNotWrittenAndWhatWasLostIsPutBackBesideItsRecord() {
    Random random = new Random(17);
    for (int lost : new int[] {0, 1, 3, 40, COUNT - 1, COUNT}) {
      MemoryEngine engine = StoreFixture.engine();
      try (Store store = StoreFixture.open("a", engine)) {
        List<PreparedArtifact> all = artifacts(store, 0, COUNT);
        // Several commits, of which one holds most: long and short stretches.
        assertThat(put(store, all.subList(0, 5))).isEqualTo(5);
        assertThat(put(store, all.subList(5, 100))).isEqualTo(95);
        assertThat(put(store, all.subList(100, COUNT))).isEqualTo(COUNT - 100);
        List<Row> whole = content(engine);
        assertThat(whole).hasSize(COUNT);
        TreeSet<Integer> gone = new TreeSet<>();
        while (gone.size() < lost) {
          gone.add(random.nextInt(COUNT));
        }
        List<RowChange> losses = new ArrayList<>();
        for (int i : gone) {
          losses.add(RowChange.delete(StoreTables.CONTENT, whole.get(i).key()));
        }
        engine.write(losses, Durability.SYNCED);
        assertThat(content(engine)).hasSize(COUNT - lost);

        assertThat(put(store, all)).isZero();
        assertThat(content(engine)).isEqualTo(whole);
        for (PreparedArtifact artifact : all) {
          ArtifactKey key = artifact.id().key();
          assertThat(store.reader().get(key, 100)).isEqualTo(artifact.inline());
        }
      }
    }
  }

  @Test
  void newOnesAmongThemAreWritten() {
    try (Store store = StoreFixture.open("a")) {
      assertThat(put(store, artifacts(store, 20, 100))).isEqualTo(80);
      assertThat(put(store, artifacts(store, 0, COUNT))).isEqualTo(COUNT - 80);
      assertThat(put(store, artifacts(store, 0, COUNT))).isZero();
    }
  }
}
