package dev.cairn.federation.grpc;

import dev.cairn.asl.error.UnavailableException;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;

/**
 * A TCP connection to a peer with a bound on what waits to be sent on it. HTTP/2 has an answer to
 * each ping and each change of settings, and gRPC's client makes them however many there are: a
 * peer that sends nothing else, and takes no answer, fills the memory. Messages wait elsewhere,
 * until the peer gives them a window. Runs on its event loop.
 */
final class BoundedClientChannel extends NioSocketChannel {
  /** Far more than gRPC hands over at once, which is what a channel calls writable: 64 KiB. */
  static final long UNSENT_BYTES_MAX = 2L << 20;

  @Override
  protected int doReadBytes(ByteBuf into) throws Exception {
    ChannelOutboundBuffer unsent = unsafe().outboundBuffer();
    if (unsent != null && unsent.totalPendingWriteBytes() > UNSENT_BYTES_MAX) {
      throw new IOException(
          new UnavailableException("it asks on and on, and takes none of the answers"));
    }
    return super.doReadBytes(into);
  }
}
