package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import java.util.List;
import java.util.Optional;

/**
 * That a node has verified a checkpoint of another's log, at a time: a line under the signed note
 * (C2SP tlog-cosignature, {@code cosignature/v1}).
 *
 * <pre>
 *   what is signed      cosignature/v1
 *                       time &lt;seconds since 1970, decimal&gt;
 *                       &lt;the checkpoint's text&gt;
 *
 *   signature line      — &lt;name&gt; base64( u32be key hash | u64be time | signature, 64 bytes )
 * </pre>
 *
 * <p>Who cosigns states that the log up to there is consistent with every checkpoint of it that it
 * has cosigned before. The time is by its own clock and decides nothing.
 *
 * @param timeSeconds since 1970, from 1
 * @param signature 64 bytes
 */
public record Cosignature(long timeSeconds, Bytes signature) {
  /** Bytes of an Ed25519 signature. */
  public static final int SIGNATURE_BYTES = 64;

  private static final String HEADER = "cosignature/v1\n";

  public Cosignature {
    if (timeSeconds < 1 || signature.length() != SIGNATURE_BYTES) {
      throw new MalformedException(
          "cosignature: time " + timeSeconds + " or " + signature.length() + " bytes");
    }
  }

  /** Cosigns the text of a checkpoint. */
  public static Cosignature sign(String checkpoint, SigningKey key, long timeSeconds) {
    return new Cosignature(timeSeconds, key.sign(signed(checkpoint, timeSeconds)));
  }

  private static Bytes signed(String checkpoint, long timeSeconds) {
    return Bytes.utf8(HEADER + "time " + timeSeconds + "\n" + checkpoint);
  }

  /** True if {@code key} made it, over this text. */
  public boolean verifies(CosignerKey key, String checkpoint) {
    return SignatureCheck.ED25519.verifies(key.key(), signed(checkpoint, timeSeconds), signature);
  }

  /** The line under the note. */
  public NoteSignature line(CosignerKey key) {
    return new NoteSignature(key.name(), key.keyHash(), Bytes.u64(timeSeconds).plus(signature));
  }

  /**
   * The cosignature of a key under a note; empty if there is none.
   *
   * @throws MalformedException if there is one in its name that does not verify
   */
  public static Optional<Cosignature> find(SignedNote note, CosignerKey key) {
    for (NoteSignature line : note.signatures()) {
      if (key.isOf(line)) {
        Cosignature found = read(line);
        if (!found.verifies(key, note.text())) {
          throw new MalformedException("cosignature of " + key.name() + ": does not verify");
        }
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  private static Cosignature read(NoteSignature line) {
    if (line.signature().length() != Long.BYTES + SIGNATURE_BYTES) {
      throw new MalformedException(
          "cosignature of " + line.name() + ": " + line.signature().length() + " bytes");
    }
    long time = line.signature().u64At(0);
    if (time < 1) {
      throw new MalformedException("cosignature of " + line.name() + ": no time");
    }
    return new Cosignature(time, line.signature().slice(Long.BYTES));
  }

  /** Names under a note that have the form of cosignatures, in order; none is checked. */
  public static List<String> names(SignedNote note) {
    return note.signatures().stream()
        .filter(line -> line.signature().length() == Long.BYTES + SIGNATURE_BYTES)
        .map(NoteSignature::name)
        .toList();
  }
}
