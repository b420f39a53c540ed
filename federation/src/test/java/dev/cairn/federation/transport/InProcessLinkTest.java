package dev.cairn.federation.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import org.junit.jupiter.api.Test;

class InProcessLinkTest extends PeerLinkContract {
  @Override
  protected Ends open(LinkLimits limits) {
    NodeId left = new NodeId(Bytes.wrap(new byte[NodeId.BYTES]));
    InProcessLink.Pair pair = InProcessLink.pair(left, null, limits, Ticker.system());
    return new Ends(pair.left(), pair.right(), left, null);
  }

  @Override
  protected long bytesUnderwayMax() {
    return 0;
  }

  @Test
  void theQueueHoldsAsManyMessagesAsItsBoundSays() {
    InProcessLink.Pair pair = InProcessLink.pair(null, null, TIGHT, Ticker.system());
    for (int i = 0; i < TIGHT.inboxFramesMax(); i++) {
      assertThat(pair.left().ready()).isTrue();
      pair.left().send(new Heartbeat(i));
    }
    assertThat(pair.left().ready()).isFalse();
    assertThat(pair.right().receive(0)).isEqualTo(new Heartbeat(0));
    assertThat(pair.left().await(true, 0)).isEqualTo(PeerLink.Activity.SENDABLE);
  }
}
