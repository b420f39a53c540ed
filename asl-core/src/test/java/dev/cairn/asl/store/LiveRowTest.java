package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a live row may state of tombstones. */
class LiveRowTest {
  private static final Origin ORIGIN =
      new Origin(new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8("node"))), 1);

  private static final Bytes PATH =
      Paths.of(new ArtifactKey(HashAlgorithm.SHA_256, HashAlgorithm.SHA_256.hash(Bytes.EMPTY)));

  private static Fact.Tombstone tombstone(long logseq, boolean erase) {
    return new Fact.Tombstone(new Place(logseq, ORIGIN, logseq - 1), erase);
  }

  @Test
  void everyJoinOfTombstonesIsReadBack() {
    for (int erases = 0; erases < 8; erases++) {
      for (List<Integer> order :
          List.of(List.of(1, 2, 3), List.of(3, 1, 2), List.of(2, 3, 1), List.of(3, 2, 1))) {
        LiveRow row = LiveRow.NOTHING;
        for (int logseq : order) {
          row = row.join(tombstone(logseq, (erases >> (logseq - 1) & 1) == 1)).row();
        }
        assertThat(LiveRow.read(PATH, row.encode())).isEqualTo(row);
      }
    }
  }

  @Test
  void aRowWhoseTombstonesAreNoJoinIsDamaged() {
    Fact.Tombstone plain = tombstone(2, false);
    for (LiveRow row :
        List.of(
            new LiveRow(null, plain, plain),
            new LiveRow(null, plain, tombstone(1, false)),
            new LiveRow(null, plain, tombstone(3, true)),
            new LiveRow(null, null, tombstone(1, true)),
            new LiveRow(null, tombstone(2, true), null))) {
      assertThatThrownBy(() -> LiveRow.read(PATH, row.encode()))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining(PATH.toHex() + " of asl.live");
    }
  }
}
