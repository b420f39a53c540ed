package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.error.MalformedException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;

/**
 * A text with signatures under it (C2SP signed-note).
 *
 * <pre>
 *   text, one or more lines, each ended by a newline
 *                                                       an empty line
 *   — &lt;key name&gt; &lt;base64 of key hash and signature&gt;      1 to 64 lines
 * </pre>
 *
 * <p>Text and signatures are UTF-8 without control characters other than the newline. What is
 * signed is the text with its last newline and without the empty line. Parsing is strict: what
 * parses is what {@link #encode} would write. Immutable.
 *
 * @param text ends in a newline
 * @param signatures as they stand; unknown ones are kept
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
  /** Longest note, in bytes. */
  public static final int NOTE_BYTES_MAX = 64 * 1024;

  /** Most signatures under a note. */
  public static final int SIGNATURES_MAX = 64;

  public SignedNote {
    signatures = List.copyOf(signatures);
    if (!text.endsWith("\n")) {
      throw new MalformedException("signed note: the text does not end in a newline");
    }
    if (!Bytes.isWellFormed(text)) {
      throw new MalformedException("signed note: the text is not well-formed Unicode");
    }
    checkNoControls(text);
    if (signatures.isEmpty() || signatures.size() > SIGNATURES_MAX) {
      throw new MalformedException(
          "signed note: " + signatures.size() + " signatures, not 1 to " + SIGNATURES_MAX);
    }
  }

  /** Reads a note, strictly; no signature is checked. */
  public static SignedNote parse(Bytes note) {
    if (note.length() > NOTE_BYTES_MAX) {
      throw new MalformedException(
          "signed note: " + note.length() + " bytes, more than " + NOTE_BYTES_MAX);
    }
    String all = decode(note);
    checkNoControls(all);
    int split = all.lastIndexOf("\n\n");
    if (split < 0) {
      throw new MalformedException("signed note: no empty line between text and signatures");
    }
    String lines = all.substring(split + 2);
    if (!lines.endsWith("\n")) {
      throw new MalformedException(
          lines.isEmpty() ? "signed note: no signature" : "signed note: does not end in a newline");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    int at = 0;
    while (at < lines.length()) {
      if (signatures.size() == SIGNATURES_MAX) {
        throw new MalformedException("signed note: more than " + SIGNATURES_MAX + " signatures");
      }
      int end = lines.indexOf('\n', at);
      signatures.add(NoteSignature.parseLine(signatures.size() + 1, lines.substring(at, end)));
      at = end + 1;
    }
    return new SignedNote(all.substring(0, split + 1), signatures);
  }

  /** The note's bytes. */
  public Bytes encode() {
    StringBuilder out = new StringBuilder(text).append('\n');
    signatures.forEach(signature -> out.append(signature.line()).append('\n'));
    Bytes note = Bytes.utf8(out.toString());
    if (note.length() > NOTE_BYTES_MAX) {
      throw new MalformedException(
          "signed note: " + note.length() + " bytes, more than " + NOTE_BYTES_MAX);
    }
    return note;
  }

  /**
   * Checks the signatures of known keys and gives back the keys that signed, in order of their
   * signatures.
   *
   * <p>Signatures of unknown keys are ignored. One bad signature of a known key rejects the whole
   * note, and so does the lack of any good one.
   *
   * @param known keys, each with its own pair of name and hash
   * @throws MalformedException if a signature of a known key is bad, or none is there
   */
  public List<VerifierKey> verify(List<VerifierKey> known) {
    return verify(known, SignatureCheck.ED25519);
  }

  /** The same by a given check. */
  List<VerifierKey> verify(List<VerifierKey> known, SignatureCheck check) {
    checkDistinct(known);
    Bytes signed = Bytes.utf8(text);
    List<VerifierKey> signers = new ArrayList<>();
    for (NoteSignature signature : signatures) {
      for (VerifierKey key : known) {
        if (!key.isOf(signature)) {
          continue;
        }
        if (!check.verifies(key.key(), signed, signature.signature())) {
          throw new MalformedException(
              "signed note: the signature of " + key.name() + " does not verify");
        }
        if (!signers.contains(key)) {
          signers.add(key);
        }
      }
    }
    if (signers.isEmpty()) {
      throw new MalformedException("signed note: no signature of a known key");
    }
    return List.copyOf(signers);
  }

  /**
   * Which of the keys of one name: the first 4 bytes of SHA-256(name | 0x0a | 0x01 | key), for an
   * Ed25519 key.
   */
  public static int keyHash(String name, PublicKey key) {
    return KeyText.VERIFIER.hash(name, key);
  }

  private static void checkDistinct(List<VerifierKey> known) {
    for (int i = 0; i < known.size(); i++) {
      for (int j = 0; j < i; j++) {
        VerifierKey left = known.get(i);
        VerifierKey right = known.get(j);
        if (left.name().equals(right.name()) && left.keyHash() == right.keyHash()) {
          throw new IllegalArgumentException(
              "two known keys for " + left.name() + " with one hash");
        }
      }
    }
  }

  private static String decode(Bytes note) {
    try {
      return note.toWellFormedUtf8();
    } catch (CharacterCodingException e) {
      throw new MalformedException("signed note: not UTF-8", e);
    }
  }

  private static void checkNoControls(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 0x20 && text.charAt(i) != '\n') {
        throw new MalformedException("signed note: a control character at character " + i);
      }
    }
  }
}
