package dev.cairn.federation.grpc;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.transport.PeerAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** The files that Unix sockets are. All of it does nothing for TCP. */
final class UnixSockets {
  private UnixSockets() {}

  /**
   * Removes a socket that a dead server left behind; refuses if a server answers, or it is no
   * socket.
   */
  static void clearStale(PeerAddress address) {
    if (!(address instanceof PeerAddress.Unix unix)) {
      return;
    }
    Path path = Path.of(unix.path());
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (answers(path)) {
      throw new UnavailableException("cannot listen on " + address + ": another server does");
    }
    try {
      if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isOther()) {
        throw new UnavailableException(
            "cannot listen on " + address + ": there is a file that is no socket");
      }
      Files.delete(path);
    } catch (IOException e) {
      throw new UnavailableException(
          "cannot listen on " + address + ": its old socket cannot be removed", e);
    }
  }

  /** Leaves the socket to its owner alone. */
  static void restrict(PeerAddress address) throws IOException {
    if (address instanceof PeerAddress.Unix unix) {
      Files.setPosixFilePermissions(
          Path.of(unix.path()), PosixFilePermissions.fromString("rw-------"));
    }
  }

  /** Removes the socket of a server that has stopped. */
  static void remove(PeerAddress address) {
    if (address instanceof PeerAddress.Unix unix) {
      try {
        Files.deleteIfExists(Path.of(unix.path()));
      } catch (IOException e) {
        throw new UnavailableException("the socket " + address + " cannot be removed", e);
      }
    }
  }

  private static boolean answers(Path path) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      return false;
    }
  }
}
