package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Snapshot;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * That nodes computed one state under one cut, as one text that is checked offline
 * (docs/format/convergence.md).
 *
 * <pre>
 *   cairn/convergence@v1
 *   snapshot &lt;base64 of the snapshot's payload&gt;
 *   key &lt;base64 of a public key&gt;          one a node, in order of node ids, 1 to 64
 *                                            an empty line
 *   &lt;the {@link StateStatement}, a note that each of the keys signed, in the same order&gt;
 * </pre>
 *
 * <p>One node's alone is where others begin, and no convergence. What parses is what {@link
 * #encode} would write, and every signature in it was checked. Immutable.
 */
public final class ConvergenceCertificate {
  /** Longest file, in bytes. */
  public static final int FILE_BYTES_MAX = 16 << 20;

  /** From so many nodes on it is a convergence. */
  public static final int NODES_MIN = 2;

  private static final String HEADER = "cairn/convergence@v1";
  private static final String SNAPSHOT = "snapshot ";
  private static final String KEY = "key ";

  private final Snapshot snapshot;
  private final StateStatement statement;
  private final SortedMap<NodeId, Signer> signers;

  /** Who states it, and its signature. */
  private record Signer(PublicKey key, Bytes signature) {}

  private ConvergenceCertificate(Snapshot snapshot, SortedMap<NodeId, Signer> signers) {
    this.snapshot = snapshot;
    this.statement = StateStatement.of(snapshot);
    this.signers = signers;
  }

  /**
   * A certificate with one signature.
   *
   * @param computed by the key's node itself: whoever signs another's word proves nothing
   */
  public static ConvergenceCertificate of(Snapshot computed, SigningKey key) {
    return new ConvergenceCertificate(computed, new TreeMap<>()).signedBy(key);
  }

  /**
   * The same with one more signature.
   *
   * @param key of a node that computed this very snapshot itself
   */
  public ConvergenceCertificate signedBy(SigningKey key) {
    return with(key.publicKey(), statement.sign(key));
  }

  /**
   * The same with a signature that somebody brought.
   *
   * @throws MalformedException if it is not the key's, or there is no room for it
   */
  public ConvergenceCertificate with(PublicKey key, Bytes signature) {
    statement.note(key, signature).verify(List.of(statement.signer(key)));
    TreeMap<NodeId, Signer> all = new TreeMap<>(signers);
    all.put(NodeId.of(key), new Signer(key, signature));
    if (all.size() > SignedNote.SIGNATURES_MAX) {
      throw new MalformedException(
          "convergence certificate: more than " + SignedNote.SIGNATURES_MAX + " nodes");
    }
    return new ConvergenceCertificate(snapshot, all);
  }

  /** True if these bytes say that they are one, of whatever version. */
  public static boolean isCertificate(Bytes beginning) {
    Bytes mark = Bytes.utf8(HEADER.substring(0, HEADER.indexOf('@') + 1));
    return beginning.length() >= mark.length() && beginning.slice(0, mark.length()).equals(mark);
  }

  /**
   * Reads a file and verifies every signature in it, with no more than what stands there: what is
   * given back is proven, if the nodes are believed.
   *
   * @throws MalformedException that says what does not hold
   * @throws UnsupportedVersionException if it is of another version
   */
  public static ConvergenceCertificate verified(Bytes file) {
    if (file.length() > FILE_BYTES_MAX) {
      throw malformed(file.length() + " bytes, more than " + FILE_BYTES_MAX);
    }
    String text = decode(file);
    int split = text.indexOf("\n\n");
    if (split < 0) {
      throw malformed("no empty line before the note");
    }
    List<String> head = List.of(text.substring(0, split).split("\n", -1));
    if (!head.get(0).equals(HEADER)) {
      if (isCertificate(file)) {
        throw new UnsupportedVersionException(
            "convergence certificate: not the supported version '" + HEADER + "'");
      }
      throw malformed("the first line is not '" + HEADER + "'");
    }
    if (head.size() < 3 || head.size() - 2 > SignedNote.SIGNATURES_MAX) {
      throw malformed(head.size() + " lines before the note");
    }
    Snapshot snapshot = Snapshot.decode(value("the snapshot", SNAPSHOT, head.get(1)));
    List<PublicKey> keys = new ArrayList<>();
    for (String line : head.subList(2, head.size())) {
      keys.add(PublicKey.of(value("a key", KEY, line)));
    }
    SignedNote note = SignedNote.parse(Bytes.utf8(text.substring(split + 2)));
    ConvergenceCertificate read = signed(snapshot, keys, note);
    if (!read.encode().equals(file)) {
      throw malformed("not as it is written: nodes out of order, or twice");
    }
    return read;
  }

  private static ConvergenceCertificate signed(
      Snapshot snapshot, List<PublicKey> keys, SignedNote note) {
    ConvergenceCertificate read = new ConvergenceCertificate(snapshot, new TreeMap<>());
    if (!note.text().equals(read.statement.text())) {
      throw malformed("what is signed is not the snapshot");
    }
    if (note.signatures().size() != keys.size()) {
      throw malformed(note.signatures().size() + " signatures of " + keys.size() + " keys");
    }
    for (int i = 0; i < keys.size(); i++) {
      NoteSignature line = note.signatures().get(i);
      if (!read.statement.signer(keys.get(i)).isOf(line)) {
        throw malformed("signature " + (i + 1) + " is not in the name of key " + (i + 1));
      }
      read = read.with(keys.get(i), line.signature());
    }
    return read;
  }

  /** The file's bytes. */
  public Bytes encode() {
    StringBuilder out = new StringBuilder(HEADER).append('\n');
    out.append(SNAPSHOT).append(StrictBase64.encode(snapshot.encode())).append('\n');
    List<NoteSignature> lines = new ArrayList<>();
    for (Signer signer : signers.values()) {
      out.append(KEY).append(StrictBase64.encode(signer.key().encoded())).append('\n');
      lines.add(statement.line(signer.key(), signer.signature()));
    }
    SignedNote note = new SignedNote(statement.text(), lines);
    return Bytes.utf8(out.append('\n').toString()).plus(note.encode());
  }

  /** What the nodes state: the cut, log by log, and the state under it. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /** The same as it is signed. */
  public StateStatement statement() {
    return statement;
  }

  /** Who states it, in order. */
  public SortedSet<NodeId> nodes() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(signers.keySet()));
  }

  /** True if at least {@link #NODES_MIN} nodes state it. */
  public boolean isConvergence() {
    return signers.size() >= NODES_MIN;
  }

  /** The key of a node that states it. */
  public PublicKey key(NodeId node) {
    return signer(node).key();
  }

  /** What one node signed, as a note of its own. */
  public Bytes note(NodeId node) {
    Signer signer = signer(node);
    return statement.note(signer.key(), signer.signature()).encode();
  }

  private Signer signer(NodeId node) {
    Signer signer = signers.get(node);
    if (signer == null) {
      throw new IllegalArgumentException(node + " did not sign");
    }
    return signer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConvergenceCertificate that
        && snapshot.equals(that.snapshot)
        && signers.equals(that.signers);
  }

  @Override
  public int hashCode() {
    return 31 * snapshot.hashCode() + signers.hashCode();
  }

  @Override
  public String toString() {
    return "ConvergenceCertificate[" + snapshot.key() + " by " + signers.keySet() + "]";
  }

  private static Bytes value(String what, String before, String line) {
    if (!line.startsWith(before)) {
      throw malformed("no line '" + before + "<base64>' where it is due");
    }
    return StrictBase64.decode("convergence certificate: " + what, line.substring(before.length()));
  }

  private static String decode(Bytes file) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(file.toByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("convergence certificate: not UTF-8", e);
    }
  }

  private static MalformedException malformed(String why) {
    return new MalformedException("convergence certificate: " + why);
  }
}
