package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.Bisection.Found;
import dev.cairn.federation.audit.Bisection.NeverHeld;
import dev.cairn.federation.audit.Bisection.StillHolds;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The search for the first commit after which something no longer holds. */
class BisectionTest {
  private TestNode ann;
  private TestNode bob;
  private Cut middle;
  private List<Commit> commits;

  /** A commit of one of the logs. */
  private record Commit(Origin origin, long logseq, long firstIndex, long records) {}

  @BeforeEach
  void makeTwoLogs() {
    ann = new TestNode("ann");
    bob = new TestNode("bob");
    ann.work(1, 20);
    bob.work(2, 30); // as many ticks from the start: the two have logseqs in common
    sync();
    middle = ann.store().cut();
    ann.work(3, 20);
    bob.work(4, 25);
    sync();
    commits = commits(ann.store());
  }

  @AfterEach
  void close() {
    ann.close();
    bob.close();
  }

  private void sync() {
    new StoreSync(ann.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(bob.store(), true, true)
        .orThrow();
  }

  /** Every commit in the total order, by reading all records. */
  private static List<Commit> commits(Store store) {
    List<Commit> commits = new ArrayList<>();
    for (LogHead head : store.heads()) {
      try (RecordCursor cursor = store.records(head.origin(), 0, head.treeSize())) {
        while (cursor.next()) {
          LogRecord record = cursor.record();
          Commit last = commits.isEmpty() ? null : commits.get(commits.size() - 1);
          if (last != null
              && last.origin().equals(head.origin())
              && last.logseq() == record.logseq()) {
            commits.set(
                commits.size() - 1,
                new Commit(last.origin(), last.logseq(), last.firstIndex(), last.records() + 1));
          } else {
            commits.add(new Commit(head.origin(), record.logseq(), record.index(), 1));
          }
        }
      }
    }
    commits.sort(Comparator.comparingLong(Commit::logseq).thenComparing(Commit::origin));
    return commits;
  }

  private static boolean includes(Cut cut, Commit commit) {
    return cut.includes(commit.origin(), commit.logseq());
  }

  @Test
  void everyCommitIsFoundWhateverItsPlaceAndItsNeighbours() {
    Set<Long> logseqs = new HashSet<>();
    assertThat(commits.stream().filter(commit -> !logseqs.add(commit.logseq())))
        .as("commits of two origins with one logseq")
        .isNotEmpty();
    Store store = ann.store();
    for (Commit culprit : commits) {
      Found found =
          (Found)
              new Bisection(store, cut -> !includes(cut, culprit)).search(Cut.NOTHING, store.cut());
      assertThat(new Commit(found.origin(), found.logseq(), found.firstIndex(), found.records()))
          .isEqualTo(culprit);
      assertThat(includes(found.before(), culprit)).isFalse();
      assertThat(includes(found.after(), culprit)).isTrue();
      TreeMap<Origin, Long> rest = new TreeMap<>(found.after().logseqs());
      rest.remove(culprit.origin());
      TreeMap<Origin, Long> before = new TreeMap<>(found.before().logseqs());
      before.remove(culprit.origin());
      assertThat(rest).as("nothing but the commit lies between the two cuts").isEqualTo(before);
      assertThat(found.asked()).isLessThanOrEqualTo(2 + 2 * (64 - Long.numberOfLeadingZeros(200)));
    }
  }

  @Test
  void onlyCommitsBetweenTheTwoCutsAreLookedAt() {
    Store store = ann.store();
    for (Commit culprit : commits) {
      Bisection.Outcome outcome =
          new Bisection(store, cut -> !includes(cut, culprit)).search(middle, store.cut());
      if (includes(middle, culprit)) {
        assertThat(outcome).isEqualTo(new NeverHeld(1));
      } else {
        assertThat(((Found) outcome).logseq()).isEqualTo(culprit.logseq());
        assertThat(((Found) outcome).origin()).isEqualTo(culprit.origin());
      }
      assertThat(new Bisection(store, cut -> !includes(cut, culprit)).search(Cut.NOTHING, middle))
          .isInstanceOf(includes(middle, culprit) ? Found.class : StillHolds.class);
    }
  }

  @Test
  void everyCutThatIsAskedAboutIsAPrefixOfTheTotalOrder() {
    Store store = ann.store();
    Commit culprit = commits.get(commits.size() / 3);
    new Bisection(
            store,
            cut -> {
              boolean outside = false;
              for (Commit commit : commits) {
                outside |= !includes(cut, commit);
                assertThat(outside && includes(cut, commit)).as("%s in %s", commit, cut).isFalse();
              }
              return !includes(cut, culprit);
            })
        .search(Cut.NOTHING, store.cut());
  }

  @Test
  void whatHoldsAtBothEndsOrNowhereIsSaid() {
    Store store = ann.store();
    assertThat(new Bisection(store, cut -> true).search(Cut.NOTHING, store.cut()))
        .isEqualTo(new StillHolds(2));
    assertThat(new Bisection(store, cut -> false).search(Cut.NOTHING, store.cut()))
        .isEqualTo(new NeverHeld(1));
    assertThat(new Bisection(store, cut -> true).search(middle, middle))
        .isEqualTo(new StillHolds(1));
  }

  @Test
  void endsThatAreNotInOrderOrNotHeldAreRefused() {
    Store store = ann.store();
    assertThatThrownBy(() -> new Bisection(store, cut -> true).search(store.cut(), middle))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("the good cut is not before the bad one");
    try (TestNode empty = new TestNode("empty")) {
      assertThatThrownBy(() -> new Bisection(empty.store(), cut -> true).search(middle, middle))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("before the bad cut");
    }
  }

  @Test
  void aSnapshotOfAnEarlierCutIsTheOneThatWasTakenThen() {
    try (TestNode cat = new TestNode("cat")) {
      cat.work(5, 20);
      var then = cat.store().snapshot("then");
      cat.work(6, 20);
      var now = cat.store().snapshot("now");
      cat.store().dropSnapshot(then.key());
      var again = cat.store().snapshotAt(then.snapshot().cut(), "again");
      assertThat(again.snapshot()).isEqualTo(then.snapshot());
      assertThat(again.live()).isEqualTo(then.live());
      assertThat(again.pinned()).isTrue();
      assertThat(cat.store().snapshotAt(now.snapshot().cut(), null).label()).isEqualTo("now");
      assertThat(cat.store().snapshotAt(Cut.NOTHING, null).snapshot().heads()).isEmpty();
      assertThatThrownBy(() -> cat.store().snapshotAt(middle, null))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("is not held up to");
    }
  }
}
