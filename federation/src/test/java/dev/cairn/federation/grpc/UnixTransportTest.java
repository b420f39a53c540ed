package dev.cairn.federation.grpc;

import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** gRPC over a Unix domain socket. */
class UnixTransportTest extends GrpcTransport {
  @TempDir private Path folder;
  private int sockets;

  UnixTransportTest() {
    super(false);
  }

  @Override
  PeerAddress address() {
    return PeerAddress.parse("unix:" + folder.resolve("socket" + sockets++));
  }
}
