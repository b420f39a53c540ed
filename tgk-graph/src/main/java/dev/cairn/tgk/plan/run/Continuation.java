package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where an answer was left, so that the rest of it can be had later, by another process too, from
 * any store that holds the same records.
 *
 * <pre>
 *   bytes   [1, plan: bytes 32, view: bytes 32, rows: u64, after: bytes 34 / null]    deterministic CBOR
 *   text    "cq1." | base64url, without padding, of (bytes | first 4 bytes of their SHA-256)
 * </pre>
 *
 * @param plan {@link dev.cairn.tgk.plan.PlanJson#digest} of the plan
 * @param view SHA-256 of the cut that the plan was answered at
 * @param rows rows given so far
 * @param after the key of the last of them, where that is enough to go on
 */
public record Continuation(Bytes plan, Bytes view, long rows, @Nullable ArtifactKey after) {
  private static final int VERSION = 1;
  private static final int FIELDS = 5;
  private static final String PREFIX = "cq1.";
  private static final int CHECK_BYTES = 4;

  public Continuation {
    if (plan.length() != HashAlgorithm.DIGEST_BYTES
        || view.length() != HashAlgorithm.DIGEST_BYTES
        || rows < 0) {
      throw new MalformedException("continuation: digests or rows out of range");
    }
  }

  /** SHA-256 of what a cut includes. */
  static Bytes digest(Cut cut) {
    CborWriter out = new CborWriter().array(cut.logseqs().size());
    cut.logseqs().forEach((origin, logseq) -> out.array(2).bytes(origin.bytes()).uint(logseq));
    return HashAlgorithm.SHA_256.hash(out.toBytes());
  }

  /** The text form: one word. */
  public String text() {
    CborWriter out =
        new CborWriter().array(FIELDS).uint(VERSION).bytes(plan).bytes(view).uint(rows);
    Bytes bytes = (after == null ? out.nul() : out.bytes(after.bytes())).toBytes();
    Bytes checked = bytes.plus(check(bytes));
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(checked.toArray());
  }

  /** Reads the text form, strictly. */
  public static Continuation parse(String text) {
    Bytes checked = decode(text);
    Bytes bytes = checked.slice(0, checked.length() - CHECK_BYTES);
    Continuation read = read(bytes, checked);
    if (!read.text().equals(text)) {
      throw new MalformedException("continuation: not as it is written");
    }
    return read;
  }

  private static Continuation read(Bytes bytes, Bytes checked) {
    if (!check(bytes).equals(checked.slice(bytes.length()))) {
      throw new MalformedException("continuation: damaged; give it as it was printed");
    }
    CborReader in = new CborReader("continuation", bytes);
    in.structure(VERSION, FIELDS);
    Bytes plan = in.bytes(HashAlgorithm.DIGEST_BYTES);
    Bytes view = in.bytes(HashAlgorithm.DIGEST_BYTES);
    long rows = in.uint();
    ArtifactKey after = in.nul() ? null : ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    in.end();
    return new Continuation(plan, view, rows, after);
  }

  private static Bytes decode(String text) {
    if (!text.startsWith(PREFIX) || text.length() > 1_000) {
      throw new MalformedException("continuation: not of the form " + PREFIX + "...");
    }
    try {
      Bytes decoded = Bytes.wrap(Base64.getUrlDecoder().decode(text.substring(PREFIX.length())));
      if (decoded.length() <= CHECK_BYTES) {
        throw new MalformedException("continuation: too short");
      }
      return decoded;
    } catch (IllegalArgumentException e) {
      throw new MalformedException("continuation: not base64url", e);
    }
  }

  private static Bytes check(Bytes bytes) {
    return HashAlgorithm.SHA_256.hash(bytes).slice(0, CHECK_BYTES);
  }
}
