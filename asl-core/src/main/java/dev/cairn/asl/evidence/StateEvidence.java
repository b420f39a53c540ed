package dev.cairn.asl.evidence;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.note.StateStatement;
import java.util.List;

/**
 * That a node signed two states for one cut: nothing else is needed to check it
 * (docs/format/convergence.md).
 *
 * <pre>
 *   "CAIRNEVS" | u16be version | [key: bytes 32, note: bytes, note: bytes]
 * </pre>
 *
 * <p>Unlike {@link Evidence} it is about no log: every record may be as it should, and the node
 * said of them what does not follow. One that exists proves: both ways to one, {@link #decode} and
 * {@link #of}, check every signature. Immutable.
 *
 * @param key that signed
 * @param notes two, the lesser bytes first
 */
public record StateEvidence(PublicKey key, List<Bytes> notes) {
  /** No such evidence is longer. */
  public static final int BYTES_MAX = 4 << 10;

  private static final Bytes MAGIC = Bytes.utf8("CAIRNEVS");
  private static final int VERSION = 1;
  private static final int PREAMBLE_BYTES = 10;
  private static final int FIELDS = 3;

  public StateEvidence {
    notes = List.copyOf(notes);
    if (notes.size() != 2 || notes.get(0).compareTo(notes.get(1)) >= 0) {
      throw new MalformedException("state evidence: not two notes in order");
    }
    StateStatement left = StateStatement.verify(notes.get(0), key);
    StateStatement right = StateStatement.verify(notes.get(1), key);
    if (!contradict(left, right)) {
      throw new MalformedException(
          "state evidence that proves nothing: not two states for one cut");
    }
  }

  /** True if both cannot be so: two states for one cut of one federation. */
  public static boolean contradict(StateStatement left, StateStatement right) {
    return left.federation().equals(right.federation())
        && left.cut().equals(right.cut())
        && !left.stateRoot().equals(right.stateRoot());
  }

  /**
   * Of two notes of one key, in any order.
   *
   * @throws MalformedException if they prove nothing
   */
  public static StateEvidence of(PublicKey key, Bytes one, Bytes other) {
    return new StateEvidence(
        key, one.compareTo(other) < 0 ? List.of(one, other) : List.of(other, one));
  }

  /** True if these bytes say that they are such evidence, of whatever version. */
  public static boolean isEvidence(Bytes bytes) {
    return bytes.length() >= MAGIC.length() && bytes.slice(0, MAGIC.length()).equals(MAGIC);
  }

  /**
   * Reads evidence and checks all of it.
   *
   * @throws MalformedException unless it proves what it says
   * @throws UnsupportedVersionException if it is of another version
   */
  public static StateEvidence decode(Bytes encoded) {
    if (encoded.length() > BYTES_MAX) {
      throw new MalformedException("state evidence: " + encoded.length() + " bytes are too many");
    }
    if (!isEvidence(encoded) || encoded.length() < PREAMBLE_BYTES) {
      throw new MalformedException("state evidence: does not begin with CAIRNEVS and a version");
    }
    int version = encoded.at(MAGIC.length()) << 8 | encoded.at(MAGIC.length() + 1);
    if (version != VERSION) {
      throw new UnsupportedVersionException(
          "state evidence: version " + version + " is not the supported version " + VERSION);
    }
    CborReader in = new CborReader("state evidence", encoded.slice(PREAMBLE_BYTES));
    in.array(FIELDS);
    PublicKey key = PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
    List<Bytes> notes = List.of(in.bytes(), in.bytes());
    in.end();
    return new StateEvidence(key, notes);
  }

  /** The bytes, which are also the file. */
  public Bytes encoded() {
    CborWriter out = new CborWriter().array(FIELDS).bytes(key.encoded());
    notes.forEach(out::bytes);
    return Bytes.concat(MAGIC, Bytes.wrap(new byte[] {VERSION >>> 8, VERSION}), out.toBytes());
  }

  /** SHA-256 of the bytes. */
  public Bytes id() {
    return HashAlgorithm.SHA_256.hash(encoded());
  }

  /** Who signed. */
  public NodeId node() {
    return NodeId.of(key);
  }

  /** What it signed, in the same order. */
  public List<StateStatement> statements() {
    return notes.stream().map(note -> StateStatement.verify(note, key)).toList();
  }

  /** One line for people: who signed what. */
  public String describe() {
    List<StateStatement> stated = statements();
    return "node "
        + node()
        + " signed two states for cut "
        + stated.get(0).cut().toHex()
        + ": "
        + stated.get(0).stateRoot().toHex()
        + " and "
        + stated.get(1).stateRoot().toHex();
  }
}
