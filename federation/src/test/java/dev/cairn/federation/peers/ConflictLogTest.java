package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.peers.Conflict.Resolution;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.ConflictSeen.Kind;
import org.junit.jupiter.api.Test;

/** What does not fit is kept with both its sides, counted, and bounded. */
final class ConflictLogTest {
  private static final NodeId PEER = NodeId.of(TestNode.key("peer").publicKey());

  @Test
  void whatIsMetAgainIsCountedAndAfterARestartStillThere() {
    try (TestNode ann = new TestNode("ann")) {
      ConflictLog log = PeerBook.open(ann.store(), () -> 5_000).conflicts();
      Conflict first = log.add(seen("x"), PEER);
      log.add(seen("x"), PEER);
      log.add(seen("y"), PEER);
      assertThat(first.number()).isEqualTo(1);
      assertThat(log.get(1).times()).isEqualTo(2);
      assertThat(log.open()).isEqualTo(2);
      ann.store().close();
      try (Store again = Store.open(ann.engine().reopen(), TestNode.config("ann", "test"))) {
        ConflictLog kept = PeerBook.open(again, () -> 6_000).conflicts();
        assertThat(kept.list()).extracting(c -> c.seen().subject()).containsExactly("x", "y");
        assertThat(kept.get(1).peer()).isEqualTo(PEER);
        kept.resolve(1, Resolution.KEEP_A);
        assertThat(kept.open()).isEqualTo(1);
        // What was decided and comes again is a new conflict.
        assertThat(kept.add(seen("x"), PEER).number()).isEqualTo(3);
        assertThatThrownBy(() -> kept.get(9)).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> kept.resolve(9, Resolution.KEEP_B))
            .isInstanceOf(NotFoundException.class);
      }
    }
  }

  @Test
  void theRingForgetsWhatIsResolvedThenTheOldest() {
    try (TestNode ann = new TestNode("ann")) {
      ConflictLog log = PeerBook.open(ann.store(), () -> 5_000).conflicts();
      for (int i = 1; i <= ConflictLog.CONFLICTS_MAX; i++) {
        log.add(seen("s" + i), PEER);
      }
      log.resolve(7, Resolution.KEEP_B);
      log.add(seen("one more"), PEER);
      log.add(seen("and one more"), PEER);
      assertThat(log.list()).hasSize(ConflictLog.CONFLICTS_MAX);
      assertThatThrownBy(() -> log.get(7)).isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> log.get(1)).isInstanceOf(NotFoundException.class);
      assertThat(log.get(2).seen().subject()).isEqualTo("s2");
    }
  }

  @Test
  void sidesAndTextsAreCut() {
    try (TestNode ann = new TestNode("ann")) {
      ConflictLog log = PeerBook.open(ann.store(), () -> 5_000).conflicts();
      Bytes large = Bytes.wrap(new byte[ConflictLog.SIDE_BYTES_MAX + 1]);
      Conflict kept =
          log.add(new ConflictSeen(Kind.WRONG_BYTES, "s", "m".repeat(100_000), large, large), null);
      assertThat(kept.seen().left().length()).isEqualTo(ConflictLog.SIDE_BYTES_MAX);
      assertThat(kept.seen().message()).hasSizeLessThan(5_000);
      assertThat(log.get(kept.number())).isEqualTo(kept);
    }
  }

  @Test
  void aLogThatIsHeldBackIsLetInByAPersonOrSettlesItself() {
    long[] now = {1_000_000};
    try (TestNode ann = new TestNode("ann", () -> now[0]);
        TestNode fast = new TestNode("fast", () -> 9_000_000);
        TestNode leapt = new TestNode("leapt", () -> 9_500_000)) {
      fast.put("of fast");
      leapt.put("of leapt");
      PeerBook book = PeerBook.open(ann.store(), () -> 5_000);
      PeerSync sync = new PeerSync(ann.store(), book, () -> 5_000, Ticker.system());
      sync.with(fast.store(), true, true).orThrow();
      sync.with(leapt.store(), true, true).orThrow();
      sync.with(leapt.store(), true, true).orThrow();
      assertThat(book.conflicts().list())
          .extracting(c -> c.seen().kind() + " " + c.seen().subject() + " " + c.times())
          .containsExactly("CLOCK " + fast.origin() + " 1", "CLOCK " + leapt.origin() + " 2");
      assertThat(ann.store().heads()).isEmpty();
      book.conflicts().resolve(1, Resolution.KEEP_B);
      sync.with(fast.store(), true, true).orThrow();
      assertThat(ann.heads()).containsOnlyKeys(fast.origin());
      assertThat(book.conflicts().get(1).resolution()).isEqualTo(Resolution.KEEP_B);
      now[0] = 9_400_000;
      sync.with(leapt.store(), true, true).orThrow();
      assertThat(ann.heads()).containsOnlyKeys(fast.origin(), leapt.origin());
      assertThat(book.conflicts().get(2).resolution()).isEqualTo(Resolution.SETTLED);
      assertThat(book.conflicts().open()).isZero();
      assertThat(ann.store().heldBack()).isEmpty();
    }
  }

  @Test
  void aForkThatASyncFindsIsAConflictWithBothNotes() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann")) {
      evil.put("one story");
      twin.put("another story");
      PeerBook book = PeerBook.open(ann.store(), () -> 5_000);
      Ticker still = () -> 0;
      PeerSync sync = new PeerSync(ann.store(), book, () -> 5_000, still);
      sync.with(evil.store(), true, true).orThrow();
      assertThat(book.conflicts().list()).isEmpty();
      assertThat(sync.with(twin.store(), true, true).conflicts()).isPositive();
      Conflict fork = book.conflicts().get(1);
      assertThat(fork.seen().kind()).isEqualTo(Kind.EQUIVOCATION);
      assertThat(fork.seen().subject()).isEqualTo(evil.origin().toString());
      assertThat(fork.seen().left()).isNotEqualTo(fork.seen().right());
      sync.with(twin.store(), true, true);
      assertThat(book.conflicts().list()).hasSize(1);
    }
  }

  private static ConflictSeen seen(String subject) {
    return new ConflictSeen(Kind.DIFFERENCE, subject, "differs", Bytes.EMPTY, Bytes.utf8("b"));
  }
}
