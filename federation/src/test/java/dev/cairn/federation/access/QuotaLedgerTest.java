package dev.cairn.federation.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class QuotaLedgerTest {
  private static final long HOUR = Quota.WINDOW_MILLIS;
  private static final NodeId ANN = NodeId.of(TestNode.key("ann").publicKey());
  private static final NodeId BOB = NodeId.of(TestNode.key("bob").publicKey());

  private final AtomicReference<Quota> quota = new AtomicReference<>(new Quota(2, 10, 1_000, 60));
  private final QuotaLedger ledger = new QuotaLedger(node -> quota.get());

  @Test
  void conversationsAtOnceAreCountedForEachNode() {
    QuotaLedger.Meter first = ledger.open(ANN, 0);
    ledger.open(ANN, 0);
    assertThatThrownBy(() -> ledger.open(ANN, 0))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(ANN.toString(), "2 conversations");
    ledger.open(BOB, 0);
    first.close();
    first.close();
    ledger.open(ANN, 0);
    assertThatThrownBy(() -> ledger.open(ANN, 0)).isInstanceOf(RefusedException.class);
  }

  @Test
  void framesAndBytesAreCountedOverAllConversationsOfAnHour() {
    QuotaLedger.Meter first = ledger.open(ANN, 0);
    QuotaLedger.Meter second = ledger.open(ANN, 0);
    assertThat(first.look(6, 10, 1)).isNull();
    assertThat(first.look(6, 10, 2)).isNull();
    assertThat(second.look(4, 10, 3)).isNull();
    assertThat(second.look(5, 10, 4)).contains(ANN.toString(), "10 frames");
    assertThat(ledger.open(BOB, 5).look(10, 1_000, 5)).isNull();
    second.close();
    assertThat(ledger.open(ANN, HOUR - 1).look(0, 0, HOUR - 1)).contains("10 frames");
    first.close();
    QuotaLedger.Meter later = ledger.open(ANN, HOUR);
    assertThat(later.look(0, 0, HOUR)).isNull();
    assertThat(later.look(1, 1_001, HOUR + 1)).contains("1000 bytes");
  }

  @Test
  void aConversationHasItsTime() {
    QuotaLedger.Meter meter = ledger.open(ANN, 1_000);
    assertThat(meter.look(0, 0, 61_000)).isNull();
    assertThat(meter.look(0, 0, 61_001)).contains(ANN.toString(), "60 seconds");
    quota.set(new Quota(2, 10, 1_000, 61));
    assertThat(meter.look(0, 0, 61_001)).isNull();
  }

  @Test
  void itRemembersABoundedNumberOfNodesAndForgetsNoneThatTalks() {
    List<QuotaLedger.Meter> open = new ArrayList<>();
    for (int i = 0; i < QuotaLedger.NODES_MAX; i++) {
      QuotaLedger.Meter meter = ledger.open(node(i), i);
      assertThat(meter.look(10, 0, i)).isNull();
      open.add(meter);
    }
    assertThatThrownBy(() -> ledger.open(ANN, 0)).isInstanceOf(RefusedException.class);
    open.get(7).close();
    open.get(9).close();
    ledger.open(ANN, 5_000);
    // The one that makes room is the one whose hour is the oldest: 9 is still remembered.
    assertThat(ledger.open(node(9), 5_000).look(1, 0, 5_000)).contains("10 frames");
  }

  private static NodeId node(int number) {
    return NodeId.parse("%064x".formatted(number + 1));
  }

  @Test
  void aQuotaOfNothingIsNone() {
    for (long[] bad : new long[][] {{0, 1, 1, 1}, {1, 0, 1, 1}, {1, 1, -1, 1}, {1, 1, 1, 0}}) {
      assertThatThrownBy(() -> new Quota((int) bad[0], bad[1], bad[2], bad[3]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Quota(1, 1, 1, Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
