package dev.cairn.federation.grpc;

import dev.cairn.federation.transport.PeerAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A TCP relay for one connection, which can be cut, or cuts itself once it has carried enough. */
final class Relay implements AutoCloseable {
  private static final int BUFFER_BYTES = 8 << 10;

  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final Socket toServer;
  private final long toClientBytesMax;
  private volatile Socket toClient;

  Relay(PeerAddress server) throws IOException {
    this(server, Long.MAX_VALUE);
  }

  /**
   * @param toClientBytesMax after so many bytes of the server the connection is cut
   */
  Relay(PeerAddress server, long toClientBytesMax) throws IOException {
    PeerAddress.Tcp tcp = (PeerAddress.Tcp) server;
    this.toClientBytesMax = toClientBytesMax;
    toServer = new Socket(tcp.host(), tcp.port());
    start(
        () -> {
          toClient = listener.accept();
          start(this::carryToClient);
          toClient.getInputStream().transferTo(toServer.getOutputStream());
        });
  }

  PeerAddress address() {
    return new PeerAddress.Tcp("127.0.0.1", listener.getLocalPort());
  }

  /** Breaks the connection both ways. */
  void cut() throws IOException {
    for (Socket socket : new Socket[] {toServer, toClient}) {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    toServer.close();
  }

  private void carryToClient() throws IOException {
    InputStream in = toServer.getInputStream();
    byte[] buffer = new byte[BUFFER_BYTES];
    long carried = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      toClient.getOutputStream().write(buffer, 0, read);
      carried += read;
      if (carried >= toClientBytesMax) {
        cut();
        return;
      }
    }
  }

  private static void start(Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException cut) {
                Thread.currentThread().interrupt();
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private interface Step {
    void run() throws IOException;
  }
}
