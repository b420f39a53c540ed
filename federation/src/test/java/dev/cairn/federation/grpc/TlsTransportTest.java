package dev.cairn.federation.grpc;

import dev.cairn.federation.transport.PeerAddress;

/** gRPC over TCP with mutual TLS. */
class TlsTransportTest extends GrpcTransport {
  TlsTransportTest() {
    super(true);
  }

  @Override
  PeerAddress address() {
    return PeerAddress.parse("127.0.0.1:0");
  }
}
