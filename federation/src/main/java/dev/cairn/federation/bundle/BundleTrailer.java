package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.note.NoteSignature;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.note.VerifierKey;
import java.util.List;

/**
 * A bundle's last frame: the creator's signed note over everything before it.
 *
 * <pre>
 *   cairn/bundle/v1/&lt;federation&gt;/&lt;64 hex of the node&gt;
 *   sha256 &lt;64 hex: digest of all bytes of the file before this frame&gt;
 *   snapshot &lt;key of the header's snapshot&gt;
 * </pre>
 *
 * <p>The key that signs has the first line as its name.
 *
 * @param federation the header's
 * @param node the header's creator
 * @param sha256 digest of all bytes before
 * @param snapshot key of the header's snapshot
 */
record BundleTrailer(String federation, NodeId node, Bytes sha256, ArtifactKey snapshot) {
  private static final String PREFIX = "cairn/bundle/v1/";

  /** What the trailer of a file with this header and these bytes must say. */
  static BundleTrailer of(BundleHeader header, Bytes sha256) {
    return new BundleTrailer(header.federation(), header.node(), sha256, header.snapshot().key());
  }

  private String keyName() {
    return PREFIX + federation + "/" + node;
  }

  private String text() {
    return keyName() + "\nsha256 " + sha256.toHex() + "\nsnapshot " + snapshot + "\n";
  }

  Bytes sign(SigningKey key) {
    String name = keyName();
    int hash = SignedNote.keyHash(name, key.publicKey());
    NoteSignature signature = new NoteSignature(name, hash, key.sign(Bytes.utf8(text())));
    return new SignedNote(text(), List.of(signature)).encode();
  }

  /** Checks that a note says the same and is signed by {@code key}. */
  void verify(Bytes note, PublicKey key) {
    SignedNote signed = SignedNote.parse(note);
    if (!signed.text().equals(text())) {
      throw new MalformedException("the signed statement is about other bytes");
    }
    signed.verify(List.of(new VerifierKey(keyName(), key)));
  }
}
