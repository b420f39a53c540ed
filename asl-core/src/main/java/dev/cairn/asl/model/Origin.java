package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * Whose log a record stands in: a node and its epoch. A node opens a new epoch when it cannot be
 * sure of its old log's end.
 *
 * <pre>
 *   bytes:  32 bytes node id | u32be epoch            text: &lt;64 hex&gt;/&lt;epoch&gt;
 * </pre>
 *
 * @param node who
 * @param epoch from 1
 */
public record Origin(NodeId node, int epoch) implements Comparable<Origin> {
  /** Length of the binary form. */
  public static final int BYTES = NodeId.BYTES + Integer.BYTES;

  private static final Pattern EPOCH = Pattern.compile("[1-9][0-9]{0,9}");

  public Origin {
    if (epoch < 1) {
      throw new MalformedException("origin: epoch " + epoch + " is not positive");
    }
  }

  /** Reads the binary form. */
  public static Origin fromBytes(Bytes bytes) {
    if (bytes.length() != BYTES) {
      throw new MalformedException("origin: " + bytes.length() + " bytes, not " + BYTES);
    }
    return new Origin(new NodeId(bytes.slice(0, NodeId.BYTES)), bytes.u32At(NodeId.BYTES));
  }

  /** True if {@link #fromBytes} makes an origin of these. */
  public static boolean isOne(Bytes bytes) {
    return bytes.length() == BYTES && bytes.u32At(NodeId.BYTES) >= 1;
  }

  /** Parses the text form. */
  public static Origin parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !EPOCH.matcher(text.substring(slash + 1)).matches()) {
      throw new MalformedException("origin: not of the form <64 hex>/<epoch>");
    }
    long epoch = Long.parseLong(text.substring(slash + 1));
    if (epoch > Integer.MAX_VALUE) {
      throw new MalformedException("origin: epoch " + epoch + " is too great");
    }
    return new Origin(NodeId.parse(text.substring(0, slash)), (int) epoch);
  }

  /** The binary form; its order is the order of origins. */
  public Bytes bytes() {
    byte[] bytes = new byte[BYTES];
    node.digest().copyTo(bytes, 0);
    ByteBuffer.wrap(bytes).putInt(NodeId.BYTES, epoch);
    return Bytes.wrap(bytes);
  }

  @Override
  public int compareTo(Origin other) {
    int byNode = node.compareTo(other.node);
    return byNode != 0 ? byNode : Integer.compare(epoch, other.epoch);
  }

  // Written out for the reason that NodeId has.

  @Override
  public boolean equals(Object other) {
    return other instanceof Origin that && epoch == that.epoch && node.equals(that.node);
  }

  @Override
  public int hashCode() {
    return 31 * node.hashCode() + epoch;
  }

  @Override
  public String toString() {
    return node + "/" + epoch;
  }
}
