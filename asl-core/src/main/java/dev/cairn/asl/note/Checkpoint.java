package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An origin's statement about its own log: so long is it, this is its root, and with this commit it
 * ends.
 *
 * <pre>
 *   cairn/v1/&lt;federation&gt;/&lt;64 hex of the node&gt;/&lt;epoch&gt;
 *   &lt;tree size&gt;
 *   &lt;base64 of the Merkle root&gt;
 *   logseq &lt;logseq of the last commit&gt;
 * </pre>
 *
 * <p>It is a {@link CheckpointBody} with exactly one extension line, signed as a {@link SignedNote}
 * under a key whose name is the first line. The log without any record has size 0, the empty root
 * and logseq 0; every other has both positive.
 *
 * @param federation name of the federation
 * @param origin whose log
 * @param treeSize records in it
 * @param root Merkle root of those records
 * @param lastLogseq logseq of the last of them
 */
public record Checkpoint(
    String federation, Origin origin, long treeSize, Bytes root, long lastLogseq) {
  private static final String PREFIX = "cairn/v1/";
  private static final String LOGSEQ = "logseq ";
  private static final Bytes EMPTY_ROOT = HashAlgorithm.SHA_256.hash();

  public Checkpoint {
    Federation.checkName(federation);
    if (treeSize < 0 || lastLogseq < 0 || root.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException(
          "checkpoint of "
              + origin
              + ": tree size "
              + treeSize
              + ", logseq "
              + lastLogseq
              + " or a root of "
              + root.length()
              + " bytes is out of range");
    }
    boolean empty = treeSize == 0;
    if (empty != (lastLogseq == 0) || (empty && !root.equals(EMPTY_ROOT))) {
      throw new MalformedException(
          "checkpoint of "
              + origin
              + ": tree size "
              + treeSize
              + ", logseq "
              + lastLogseq
              + " and root do not agree about whether the log is empty");
    }
  }

  /** The first line, which is also the name of the key that signs. */
  public String keyName() {
    return PREFIX + federation + "/" + origin;
  }

  /** The text that is signed. */
  public String text() {
    return new CheckpointBody(keyName(), treeSize, root, List.of(LOGSEQ + lastLogseq)).format();
  }

  /**
   * What a signed note says, whoever signed it: of a note that was verified before, or will be.
   *
   * @throws MalformedException if it is no note, or none of a checkpoint
   */
  public static Checkpoint unverified(Bytes note) {
    return parse(SignedNote.parse(note).text());
  }

  /** Reads a text, strictly. */
  public static Checkpoint parse(String text) {
    CheckpointBody body = CheckpointBody.parse(text);
    String name = body.origin();
    int slash = name.indexOf('/', PREFIX.length());
    if (!name.startsWith(PREFIX) || slash < 0) {
      throw new MalformedException(
          "checkpoint: the first line is not of the form "
              + PREFIX
              + "<federation>/<node>/<epoch>");
    }
    Origin origin = Origin.parse(name.substring(slash + 1));
    if (body.extensions().size() != 1 || !body.extensions().get(0).startsWith(LOGSEQ)) {
      throw new MalformedException(
          "checkpoint of "
              + origin
              + ": behind the root stands not exactly one line '"
              + LOGSEQ
              + "<n>'");
    }
    String digits = body.extensions().get(0).substring(LOGSEQ.length());
    return new Checkpoint(
        name.substring(PREFIX.length(), slash),
        origin,
        body.size(),
        body.root(),
        CheckpointBody.parseDecimal("checkpoint of " + origin + ": the logseq", digits));
  }

  /** The signed note. The key must be that of the origin's node. */
  public Bytes sign(SigningKey key) {
    if (!NodeId.of(key.publicKey()).equals(origin.node())) {
      throw new IllegalArgumentException("not the key of " + origin);
    }
    String text = text();
    NoteSignature signature =
        new NoteSignature(
            keyName(), SignedNote.keyHash(keyName(), key.publicKey()), key.sign(Bytes.utf8(text)));
    return new SignedNote(text, List.of(signature)).encode();
  }

  /**
   * Reads a signed note and checks that a key signed it, whatever the log and its federation.
   *
   * @throws MalformedException if it is anything else than a checkpoint of the key's node
   */
  public static Checkpoint verify(Bytes note, PublicKey key) {
    Checkpoint stated = parse(SignedNote.parse(note).text());
    return verify(note, stated.origin(), stated.federation(), key);
  }

  /**
   * The note with the first signature of the origin alone, which two nodes that hold different
   * cosignatures agree about. No signature is checked.
   *
   * @throws MalformedException if it is no checkpoint, or has no signature in the key's name
   */
  public static Bytes withoutCosignatures(Bytes note, PublicKey key) {
    SignedNote signed = SignedNote.parse(note);
    String name = parse(signed.text()).keyName();
    int hash = SignedNote.keyHash(name, key);
    for (NoteSignature signature : signed.signatures()) {
      if (signature.name().equals(name) && signature.keyHash() == hash) {
        return new SignedNote(signed.text(), List.of(signature)).encode();
      }
    }
    throw new MalformedException("checkpoint of " + name + ": not signed by its node");
  }

  /**
   * Reads a signed note and checks that the origin signed it. Signatures of other keys,
   * cosignatures among them, are ignored.
   *
   * <p>A bad signature proves nothing about the origin, only about the sender, hence no accusation.
   *
   * @param note the signed note's bytes
   * @param expectedOrigin whose checkpoint it must be, or null for any
   * @param federation whose checkpoint it must be
   * @param key the key of the origin's node
   * @throws MalformedException if it is anything else
   */
  public static Checkpoint verify(
      Bytes note, @Nullable Origin expectedOrigin, String federation, PublicKey key) {
    return verify(note, expectedOrigin, federation, key, SignatureCheck.ED25519);
  }

  /** The same with the signature judged by {@code check}. */
  public static Checkpoint verify(
      Bytes note,
      @Nullable Origin expectedOrigin,
      String federation,
      PublicKey key,
      SignatureCheck check) {
    SignedNote signed;
    Checkpoint checkpoint;
    try {
      signed = SignedNote.parse(note);
      checkpoint = parse(signed.text());
    } catch (MalformedException e) {
      if (expectedOrigin == null) {
        throw e;
      }
      throw new MalformedException(
          "where a checkpoint of " + expectedOrigin + " is due: " + e.getMessage(), e);
    }
    Origin origin = checkpoint.origin();
    if (expectedOrigin != null && !origin.equals(expectedOrigin)) {
      throw new MalformedException(
          "checkpoint of " + origin + " where one of " + expectedOrigin + " is due");
    }
    if (!checkpoint.federation().equals(federation)) {
      throw new MalformedException(
          "checkpoint of "
              + origin
              + ": of federation "
              + checkpoint.federation()
              + ", not "
              + federation);
    }
    if (!NodeId.of(key).equals(origin.node())) {
      throw new MalformedException("checkpoint of " + origin + ": the key is not its node's");
    }
    try {
      signed.verify(List.of(new VerifierKey(checkpoint.keyName(), key)), check);
    } catch (MalformedException e) {
      throw new MalformedException("checkpoint of " + origin + ": signature does not verify", e);
    }
    return checkpoint;
  }
}
