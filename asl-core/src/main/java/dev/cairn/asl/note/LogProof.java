package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.TreeHasher;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That a leaf stands in a log, as one text that is checked offline (C2SP tlog-proof).
 *
 * <pre>
 *   c2sp.org/tlog-proof@v1
 *   extra &lt;base64&gt;                 left out if there is none
 *   index &lt;decimal&gt;
 *   &lt;base64 of a hash&gt;            from the leaf's sibling upwards, 0 to 64 lines
 *                                     an empty line
 *   &lt;the checkpoint, a signed note&gt;
 * </pre>
 *
 * <p>Parsing is strict: what parses is what {@link #encode} would write. Nothing in it is proven
 * before {@link #verify}, and of {@code extra} nothing is proven at all. Immutable.
 *
 * @param extra for the application, which must not trust it; null if there is none
 * @param index of the leaf
 * @param hashes the inclusion proof
 * @param note the signed checkpoint
 */
public record LogProof(@Nullable Bytes extra, long index, List<Bytes> hashes, Bytes note) {
  /** Longest proof, in bytes. */
  public static final int PROOF_BYTES_MAX = 64 << 20;

  private static final String HEADER = "c2sp.org/tlog-proof@v1";
  private static final String EXTRA = "extra ";
  private static final String INDEX = "index ";

  public LogProof {
    hashes = List.copyOf(hashes);
    if (index < 0) {
      throw new MalformedException("log proof: a negative index");
    }
    if (hashes.size() > MerkleProofs.PROOF_HASHES_MAX) {
      throw new MalformedException(
          "log proof: more than " + MerkleProofs.PROOF_HASHES_MAX + " hashes");
    }
    for (Bytes hash : hashes) {
      if (hash.length() != TreeHasher.HASH_BYTES) {
        throw new MalformedException("log proof: a hash of " + hash.length() + " bytes");
      }
    }
    if (extra != null && extra.isEmpty()) {
      throw new MalformedException("log proof: empty extra data, which is left out instead");
    }
    SignedNote.parse(note);
  }

  /** Reads a proof, strictly; nothing is verified. */
  public static LogProof parse(Bytes proof) {
    if (proof.length() > PROOF_BYTES_MAX) {
      throw new MalformedException(
          "log proof: " + proof.length() + " bytes, more than " + PROOF_BYTES_MAX);
    }
    Lines lines = new Lines(decode(proof));
    if (!lines.next().equals(HEADER)) {
      throw new MalformedException("log proof: the first line is not '" + HEADER + "'");
    }
    String line = lines.next();
    Bytes extra = null;
    if (line.startsWith(EXTRA)) {
      extra = StrictBase64.decode("log proof: the extra data", line.substring(EXTRA.length()));
      line = lines.next();
    }
    if (!line.startsWith(INDEX)) {
      throw new MalformedException("log proof: no line '" + INDEX + "<n>' where it is due");
    }
    long index =
        CheckpointBody.parseDecimal("log proof: the index", line.substring(INDEX.length()));
    List<Bytes> hashes = new ArrayList<>();
    for (line = lines.next(); !line.isEmpty(); line = lines.next()) {
      if (hashes.size() == MerkleProofs.PROOF_HASHES_MAX) {
        throw new MalformedException(
            "log proof: more than " + MerkleProofs.PROOF_HASHES_MAX + " hashes");
      }
      hashes.add(StrictBase64.decode("log proof: hash " + hashes.size(), line));
    }
    return new LogProof(extra, index, hashes, Bytes.utf8(lines.rest()));
  }

  /** The proof's bytes. */
  public Bytes encode() {
    StringBuilder out = new StringBuilder(HEADER).append('\n');
    if (extra != null) {
      out.append(EXTRA).append(StrictBase64.encode(extra)).append('\n');
    }
    out.append(INDEX).append(index).append('\n');
    hashes.forEach(hash -> out.append(StrictBase64.encode(hash)).append('\n'));
    out.append('\n').append(new String(note.toArray(), StandardCharsets.UTF_8));
    return Bytes.utf8(out.toString());
  }

  /**
   * Checks that {@code leafHash} stands at the index under the checkpoint's root. Who signed the
   * checkpoint is for the caller to check.
   *
   * @throws MalformedException if it does not
   */
  public void verify(Bytes leafHash) {
    CheckpointBody checkpoint = CheckpointBody.parse(SignedNote.parse(note).text());
    MerkleProofs.verifyInclusion(index, checkpoint.size(), leafHash, hashes, checkpoint.root());
  }

  private static String decode(Bytes proof) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(proof.toByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("log proof: not UTF-8", e);
    }
  }

  /** The lines of a text, one after the other. */
  private static final class Lines {
    private final String text;
    private int at;

    Lines(String text) {
      this.text = text;
    }

    String next() {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        throw new MalformedException("log proof: ends before the checkpoint");
      }
      String line = text.substring(at, end);
      at = end + 1;
      return line;
    }

    String rest() {
      return text.substring(at);
    }
  }
}
