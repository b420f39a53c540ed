package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The stored state tree, mended step by step, is the one that the entries alone give. */
final class StateTreeTest {
  @Test
  void mendingATreeGivesTheRootThatItsEntriesGive() {
    Random random = new Random(11);
    long made = 0;
    List<ArtifactKey> keys = new ArrayList<>();
    try (Store store = StoreFixture.open("a")) {
      for (int round = 0; round < 60; round++) {
        CommitDraft draft = new CommitDraft();
        boolean growing = round % 20 < 12;
        int changes = 1 + random.nextInt(growing ? 700 : 1200);
        for (int i = 0; i < changes; i++) {
          if (growing || keys.isEmpty()) {
            PreparedArtifact artifact = store.prepare(null, Bytes.u64(made++));
            keys.add(artifact.id().key());
            draft.put(artifact);
          } else {
            ArtifactKey key = keys.remove(random.nextInt(keys.size()));
            draft.tombstone(key, new TombstoneNote(false, null));
          }
        }
        store.commit(draft);
        assertThat(store.stateRoot())
            .as("round %s, %s keys", round, keys.size())
            .isEqualTo(store.rebuiltStateRoot());
      }
    }
  }

  @Test
  void rowsOfTheTreeAreThoseOfATreeBuiltAtOnce() {
    MemoryEngine grown = StoreFixture.engine();
    MemoryEngine atOnce = StoreFixture.engine();
    try (Store one = StoreFixture.open("a", grown.share());
        Store other = StoreFixture.open("a", atOnce.share())) {
      CommitDraft all = new CommitDraft();
      for (int i = 0; i < 5000; i++) {
        all.put(other.prepare(null, Bytes.u64(i)));
        one.commit(new CommitDraft().put(one.prepare(null, Bytes.u64(i))));
        if (i % 97 == 0) {
          one.stateRoot();
        }
      }
      other.commit(all);
      assertThat(one.stateRoot()).isEqualTo(one.rebuiltStateRoot());
      assertThat(other.stateRoot()).isEqualTo(other.rebuiltStateRoot());
      assertThat(keys(grown)).isEqualTo(keys(atOnce)).isNotEmpty();
    }
  }

  private static List<Bytes> keys(MemoryEngine engine) {
    List<Bytes> keys = new ArrayList<>();
    try (RowCursor rows = engine.scan(StoreTables.TREE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        keys.add(rows.key());
      }
    }
    return keys;
  }
}
