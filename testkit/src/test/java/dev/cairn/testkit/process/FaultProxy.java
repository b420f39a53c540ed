package dev.cairn.testkit.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A bad road between one caller and one listener on loopback: every piece of a stream is late, a
 * connection breaks now and then, and while the road is cut nothing passes and nobody is told. Its
 * own threads; the methods are for any.
 */
final class FaultProxy implements AutoCloseable {
  private static final int PIECE_BYTES = 16 << 10;
  private static final int DELAY_MILLIS_MAX = 4;
  private static final int CONNECT_MILLIS_MAX = 2_000;

  /** A connection breaks with one piece in so many. */
  private static final int BREAK_ONE_PIECE_IN = 400;

  private final ServerSocket listening;
  private final Random random;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile int target;
  private volatile boolean cut;
  private volatile boolean healed;

  FaultProxy(long seed) {
    this.random = new Random(seed);
    try {
      this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /** Where the listener is now. */
  void lead(int port) {
    target = port;
  }

  /** From now on nothing passes; false: everything does, on new connections. */
  void cut(boolean now) {
    cut = now;
    if (!now) {
      breakAll();
    }
  }

  /** From now on nothing breaks by itself. */
  void heal() {
    healed = true;
    cut(false);
  }

  private void accept() {
    try {
      while (true) {
        Socket caller = listening.accept();
        sockets.add(caller);
        start(() -> connect(caller));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void connect(Socket caller) {
    try {
      Socket listener = new Socket();
      sockets.add(listener);
      listener.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MILLIS_MAX);
      start(() -> carry(caller, listener));
      carry(listener, caller);
    } catch (IOException e) {
      end(caller);
    }
  }

  private void carry(Socket from, Socket to) {
    byte[] piece = new byte[PIECE_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        do {
          closed.await(random.nextInt(DELAY_MILLIS_MAX), TimeUnit.MILLISECONDS);
        } while (cut && !to.isClosed());
        if (!healed && random.nextInt(BREAK_ONE_PIECE_IN) == 0) {
          return;
        }
        out.write(piece, 0, read);
      }
    } catch (IOException e) {
      // Broken, as roads are.
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      end(from);
      end(to);
    }
  }

  private void breakAll() {
    sockets.forEach(this::end);
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fault proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    closed.countDown();
    cut = false;
    breakAll();
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
