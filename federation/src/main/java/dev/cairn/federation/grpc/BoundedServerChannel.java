package dev.cairn.federation.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A listening TCP socket with a bound on the connections it holds: one more is accepted and closed
 * before a byte of it is read. Runs on its event loop; connections end on theirs.
 */
final class BoundedServerChannel extends NioServerSocketChannel {
  private final int connectionsMax;
  private final AtomicInteger connections = new AtomicInteger();

  BoundedServerChannel(int connectionsMax) {
    this.connectionsMax = connectionsMax;
  }

  @Override
  protected int doReadMessages(List<Object> accepted) throws Exception {
    int before = accepted.size();
    int read = super.doReadMessages(accepted);
    if (read <= 0) {
      return read;
    }
    Channel connection = (Channel) accepted.get(before);
    if (connections.incrementAndGet() > connectionsMax) {
      connections.decrementAndGet();
      accepted.remove(before);
      connection.unsafe().closeForcibly();
      return 0;
    }
    var unused = connection.closeFuture().addListener(closed -> connections.decrementAndGet());
    return read;
  }
}
