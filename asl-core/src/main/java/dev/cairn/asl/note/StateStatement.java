package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Snapshot;
import java.util.List;

/**
 * What a node states that it computed: under this cut, this is the state
 * (docs/format/convergence.md).
 *
 * <pre>
 *   cairn/v1/&lt;federation&gt;/state
 *   cut &lt;digest of the cut, 64 hex&gt;
 *   root &lt;state root, 64 hex&gt;
 * </pre>
 *
 * <p>Signed as a {@link SignedNote} under the name {@code cairn/v1/<federation>/<node>}. The cut
 * names how long each log is and which records it holds, and the state follows from the records: a
 * node that signs two states for one cut has stated what is not so. Immutable.
 *
 * @param federation name of the federation
 * @param cut {@link Snapshot#cutDigest}
 * @param stateRoot root of the live state's tree
 */
public record StateStatement(String federation, Bytes cut, Bytes stateRoot) {
  private static final String PREFIX = "cairn/v1/";
  private static final String SUFFIX = "/state";
  private static final String CUT = "cut ";
  private static final String ROOT = "root ";
  private static final int LINES = 3;

  public StateStatement {
    Federation.checkName(federation);
    if (cut.length() != HashAlgorithm.DIGEST_BYTES
        || stateRoot.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException(
          "state statement: a cut of "
              + cut.length()
              + " bytes or a root of "
              + stateRoot.length()
              + " bytes");
    }
  }

  /** What a snapshot says. */
  public static StateStatement of(Snapshot snapshot) {
    return new StateStatement(snapshot.federation(), snapshot.cutDigest(), snapshot.stateRoot());
  }

  /** The text that is signed. */
  public String text() {
    return PREFIX
        + federation
        + SUFFIX
        + '\n'
        + CUT
        + cut.toHex()
        + '\n'
        + ROOT
        + stateRoot.toHex()
        + '\n';
  }

  /** Reads a text, strictly. */
  public static StateStatement parse(String text) {
    String[] lines = text.split("\n", -1);
    if (lines.length != LINES + 1 || !lines[LINES].isEmpty()) {
      throw new MalformedException("state statement: not " + LINES + " lines");
    }
    String federation = within("the first line", lines[0], PREFIX, SUFFIX);
    String cut = within("the second line", lines[1], CUT, "");
    String root = within("the third line", lines[2], ROOT, "");
    return new StateStatement(
        federation,
        ArtifactKey.parseDigest("state statement: the cut", cut),
        ArtifactKey.parseDigest("state statement: the state root", root));
  }

  private static String within(String what, String line, String before, String behind) {
    if (line.length() < before.length() + behind.length()
        || !line.startsWith(before)
        || !line.endsWith(behind)) {
      throw new MalformedException(
          "state statement: " + what + " is not of the form " + before + "<...>" + behind);
    }
    return line.substring(before.length(), line.length() - behind.length());
  }

  /** Under which name and key a node states it. */
  public VerifierKey signer(PublicKey key) {
    return new VerifierKey(PREFIX + federation + "/" + NodeId.of(key), key);
  }

  /** The signature of a node that computed it. */
  public Bytes sign(SigningKey key) {
    return key.sign(Bytes.utf8(text()));
  }

  /** The signed note of one node. */
  public SignedNote note(PublicKey key, Bytes signature) {
    return new SignedNote(text(), List.of(line(key, signature)));
  }

  /** The line under the note. */
  NoteSignature line(PublicKey key, Bytes signature) {
    VerifierKey signer = signer(key);
    return new NoteSignature(signer.name(), signer.keyHash(), signature);
  }

  /**
   * Reads a note that one node and nobody else signed.
   *
   * @throws MalformedException if it is anything else
   */
  public static StateStatement verify(Bytes note, PublicKey key) {
    SignedNote signed = SignedNote.parse(note);
    StateStatement statement = parse(signed.text());
    if (signed.signatures().size() != 1) {
      throw new MalformedException(
          "state statement: " + signed.signatures().size() + " signatures where one is due");
    }
    signed.verify(List.of(statement.signer(key)));
    return statement;
  }
}
