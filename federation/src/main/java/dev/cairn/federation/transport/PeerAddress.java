package dev.cairn.federation.transport;

import dev.cairn.asl.error.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a peer listens.
 *
 * <pre>
 *   HOST:PORT      a host name, an IPv4 address, or an IPv6 address in brackets; port 0-65535
 *   unix:PATH      a Unix socket
 * </pre>
 */
public sealed interface PeerAddress {
  /** What the form of a Unix socket begins with. */
  String UNIX_PREFIX = "unix:";

  /** Longest path that Linux takes for a Unix socket. */
  int UNIX_PATH_BYTES_MAX = 107;

  /**
   * A TCP port.
   *
   * @param host name or address, without brackets
   * @param port 0 lets a listener choose
   */
  record Tcp(String host, int port) implements PeerAddress {
    private static final int PORT_MAX = 65_535;
    private static final Pattern FORM =
        Pattern.compile(
            "(\\[(?<six>[^\\[\\]]*:[^\\[\\]]*)]|(?<host>[^:\\[\\]]+)):(?<port>[0-9]{1,5})");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");
    private static final Pattern IPV6 =
        Pattern.compile("[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,32})?");

    public Tcp {
      boolean named = HOST.matcher(host).matches();
      boolean numbered = host.contains(":") && IPV6.matcher(host).matches();
      if (!named && !numbered) {
        throw new MalformedException("address: '" + host + "' is no host");
      }
      if (port < 0 || port > PORT_MAX) {
        throw new MalformedException("address: " + port + " is no port");
      }
    }

    @Override
    public String toString() {
      return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
    }
  }

  /**
   * A Unix socket.
   *
   * @param path of the socket
   */
  record Unix(String path) implements PeerAddress {
    public Unix {
      int bytes = path.getBytes(StandardCharsets.UTF_8).length;
      if (bytes == 0 || bytes > UNIX_PATH_BYTES_MAX || path.indexOf('\0') >= 0) {
        throw new MalformedException(
            "address: the path of a Unix socket has "
                + bytes
                + " bytes, not 1 to "
                + UNIX_PATH_BYTES_MAX
                + " without NUL");
      }
    }

    @Override
    public String toString() {
      return UNIX_PREFIX + path;
    }
  }

  /** Parses either form. */
  static PeerAddress parse(String text) {
    if (text.startsWith(UNIX_PREFIX)) {
      return new Unix(text.substring(UNIX_PREFIX.length()));
    }
    Matcher matcher = Tcp.FORM.matcher(text);
    if (!matcher.matches()) {
      throw new MalformedException(
          "address: '" + text + "' is neither HOST:PORT, [IPV6]:PORT nor unix:PATH");
    }
    String host = matcher.group("six") == null ? matcher.group("host") : matcher.group("six");
    return new Tcp(host, Integer.parseInt(matcher.group("port")));
  }
}
