package dev.cairn.federation.grpc;

import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLinkContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A link over a Unix domain socket. */
class UnixLinkTest extends PeerLinkContract {
  @TempDir private Path folder;
  private int sockets;

  @Override
  protected Ends open(LinkLimits limits) throws InterruptedException {
    PeerAddress address = PeerAddress.parse("unix:" + folder.resolve("socket" + sockets++));
    return closing(new GrpcEnds(address, false, limits)).ends();
  }

  @Override
  protected long bytesUnderwayMax() {
    return 2L * GrpcSettings.FLOW_CONTROL_WINDOW_BYTES;
  }
}
