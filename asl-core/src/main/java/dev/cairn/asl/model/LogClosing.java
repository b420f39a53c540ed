package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node states last: that its key is given up, who goes on for it, and where its logs of
 * other epochs end. Payload of an artifact of type {@code asl/closing}; the byte format is that of
 * {@code closing.md}.
 *
 * <pre>
 *   [1, federation: text, key: bytes 32, successor's key: bytes 32 / null,
 *       [[epoch, tree size], ...], signature: bytes 64, successor's signature: bytes 64 / null]
 * </pre>
 *
 * <p>One that exists is signed: both ways to one, {@link #decode} and {@link #of}, check it. The
 * log in which it stands ends with it.
 *
 * @param federation its name
 * @param key that is given up
 * @param successor the key of the node that goes on; null if none does
 * @param others how many records the logs of the node's other epochs have; of one that is not named
 *     there are none
 * @param signature of {@code key}
 * @param successorSignature of {@code successor}, which shows that its holder agrees
 */
public record LogClosing(
    String federation,
    PublicKey key,
    @Nullable PublicKey successor,
    SortedMap<Integer, Long> others,
    Bytes signature,
    @Nullable Bytes successorSignature) {
  private static final Bytes CONTEXT = Bytes.utf8("cairn-closing-v1\0");
  private static final int VERSION = 1;
  private static final int FIELDS = 7;
  private static final int STATED_FIELDS = 4;

  public LogClosing {
    Federation.checkName(federation);
    others = Collections.unmodifiableSortedMap(new TreeMap<>(others));
    others.forEach(
        (epoch, size) -> {
          if (epoch < 1 || size < 1) {
            throw malformed("epoch " + epoch + " of " + size + " records");
          }
        });
    boolean itself = successor != null && key.equals(successor);
    if (itself || (successor == null) != (successorSignature == null)) {
      throw malformed("it succeeds itself, or successor and signature do not belong together");
    }
    Bytes stated = stated(federation, key, successor, others);
    if (!key.verifies(stated, signature)) {
      throw malformed("the signature of node " + NodeId.of(key) + " does not verify");
    }
    if (successor != null
        && successorSignature != null
        && !successor.verifies(stated, successorSignature)) {
      throw malformed("the signature of successor " + NodeId.of(successor) + " does not verify");
    }
  }

  /**
   * Signs one.
   *
   * @param successor goes on; null if nobody does
   */
  public static LogClosing of(
      String federation,
      SigningKey key,
      @Nullable SigningKey successor,
      SortedMap<Integer, Long> others) {
    PublicKey next = successor == null ? null : successor.publicKey();
    Bytes stated = stated(federation, key.publicKey(), next, others);
    return new LogClosing(
        federation,
        key.publicKey(),
        next,
        others,
        key.sign(stated),
        successor == null ? null : successor.sign(stated));
  }

  private static Bytes stated(
      String federation,
      PublicKey key,
      @Nullable PublicKey successor,
      SortedMap<Integer, Long> others) {
    CborWriter out = new CborWriter().array(STATED_FIELDS).text(federation).bytes(key.encoded());
    writeKeys(out, successor, others);
    return CONTEXT.plus(out.toBytes());
  }

  private static void writeKeys(
      CborWriter out, @Nullable PublicKey successor, SortedMap<Integer, Long> others) {
    (successor == null ? out.nul() : out.bytes(successor.encoded())).array(others.size());
    others.forEach((epoch, size) -> out.array(2).uint(epoch).uint(size));
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out =
        new CborWriter().array(FIELDS).uint(VERSION).text(federation).bytes(key.encoded());
    writeKeys(out, successor, others);
    out.bytes(signature);
    return (successorSignature == null ? out.nul() : out.bytes(successorSignature)).toBytes();
  }

  /** Reads a payload, strictly, and checks what signed it. */
  public static LogClosing decode(Bytes encoded) {
    CborReader in = new CborReader("closing", encoded);
    in.structure(VERSION, FIELDS);
    String federation = in.text();
    PublicKey key = PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
    PublicKey successor = in.nul() ? null : PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
    TreeMap<Integer, Long> others = new TreeMap<>();
    int count = in.array();
    for (int i = 0; i < count; i++) {
      in.array(2);
      int epoch = in.uint(Integer.MAX_VALUE);
      if (!others.isEmpty() && epoch <= others.lastKey()) {
        throw in.malformed("epochs out of order or twice");
      }
      others.put(epoch, in.uint());
    }
    Bytes signature = in.bytes(PublicKey.SIGNATURE_BYTES);
    Bytes successorSignature = in.nul() ? null : in.bytes(PublicKey.SIGNATURE_BYTES);
    in.end();
    return new LogClosing(federation, key, successor, others, signature, successorSignature);
  }

  /** Whose key is given up. */
  public NodeId node() {
    return NodeId.of(key);
  }

  /** Who goes on; null if nobody does. */
  public @Nullable NodeId successorNode() {
    return successor == null ? null : NodeId.of(successor);
  }

  /** The key of this as an artifact of type {@code asl/closing}. */
  public ArtifactKey artifactKey() {
    return ArtifactKey.of(encode(), TypeTag.CLOSING);
  }

  /** True if a record closes the log that it stands in: nothing may come behind it. */
  public static boolean closes(LogRecord record) {
    return record.isPut() && TypeTag.CLOSING.equals(record.tag());
  }

  private static MalformedException malformed(String why) {
    return new MalformedException("closing: " + why);
  }
}
