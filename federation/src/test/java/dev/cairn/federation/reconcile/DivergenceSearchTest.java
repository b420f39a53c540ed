package dev.cairn.federation.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Up to where two logs that part are held to agree. */
class DivergenceSearchTest {
  private static List<CursorEntry> cursor(TestNode node, long lastLogseq) {
    long size = new StoreSource(node.store()).logSize(node.origin());
    return List.of(new CursorEntry(node.origin(), size, lastLogseq));
  }

  @ParameterizedTest
  @CsvSource({"601, 600", "700, 600", "600, 599", "1, 599"})
  void whateverAPeerSaysOfARecordFewOfOursAreRead(long logseq, long shared) {
    try (TestNode mine = new TestNode("ann")) {
      for (int i = 0; i < 601; i++) {
        mine.put("text " + i);
      }
      LyingSource ours = LyingSource.of(mine.store(), 601);
      LyingSource theirs = LyingSource.of(mine.store(), logseq == 601 ? 602 : logseq);
      DivergenceSearch search = new DivergenceSearch(ours, cursor(mine, 601), 5);
      search.run(new ReconcileAnswers(theirs, ReconcileOptions.DEFAULT), cursor(mine, logseq));
      assertThat(search.logDifferences()).extracting(LogDifference::index).containsExactly(600L);
      assertThat(search.shared().logseqs()).containsExactly(Map.entry(mine.origin(), shared));
      assertThat(ours.reads()).isLessThan(20);
    }
  }

  @Test
  void aCommitThatOneSideHasMoreOfIsLeftOut() {
    try (TestNode one = new TestNode("ann");
        TestNode other = new TestNode("ann")) {
      one.put("first");
      other.put("first");
      one.putTogether("together ", 3_000);
      other.putTogether("together ", 2_000);
      one.put("last");
      other.put("last of the other");
      DivergenceSearch search =
          new DivergenceSearch(new StoreSource(one.store()), cursor(one, 3), 5);
      search.run(
          new ReconcileAnswers(new StoreSource(other.store()), ReconcileOptions.DEFAULT),
          cursor(other, 3));
      assertThat(search.shared().logseqs()).containsExactly(Map.entry(one.origin(), 1L));
    }
  }
}
