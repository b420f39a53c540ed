package dev.cairn.federation.grpc;

import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLinkContract;

/** A link over a TCP connection in plain text, on this machine. */
class TcpLinkTest extends PeerLinkContract {
  @Override
  protected Ends open(LinkLimits limits) throws InterruptedException {
    return closing(new GrpcEnds(PeerAddress.parse("127.0.0.1:0"), false, limits)).ends();
  }

  @Override
  protected long bytesUnderwayMax() {
    return 2L * GrpcSettings.FLOW_CONTROL_WINDOW_BYTES;
  }
}
