package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import java.util.regex.Pattern;

/**
 * What a finding is called: SHA-256 of the canonical CBOR {@code ["finding", rule, subject]}.
 *
 * <p>Nothing else goes in: no severity and no message, so that two statements about one thing that
 * contradict each other are seen to be about one thing; no source, time or node, so that every run
 * of every node gives it the same id.
 *
 * @param digest 32 bytes
 */
public record FindingId(Bytes digest) implements Comparable<FindingId> {
  /** Length in bytes. */
  public static final int BYTES = HashAlgorithm.DIGEST_BYTES;

  /** Hex digits of the short form for people. */
  public static final int SHORT_DIGITS = 16;

  private static final String DOMAIN = "finding";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public FindingId {
    if (digest.length() != BYTES) {
      throw new MalformedException("finding id: " + digest.length() + " bytes, not " + BYTES);
    }
  }

  /** The id of the finding that a subject breaks a rule. */
  public static FindingId of(RuleId rule, String subject) {
    return new FindingId(
        HashAlgorithm.SHA_256.hash(
            new CborWriter().array(3).text(DOMAIN).text(rule.text()).text(subject).toBytes()));
  }

  /** Parses 64 lower-case hex digits. */
  public static FindingId parse(String hex) {
    if (!HEX.matcher(hex).matches()) {
      throw new MalformedException("finding id: not 64 lower-case hex digits");
    }
    return new FindingId(Bytes.fromHex(hex));
  }

  /** The first {@value #SHORT_DIGITS} hex digits: a label for people. */
  public String shortText() {
    return digest.slice(0, SHORT_DIGITS / 2).toHex();
  }

  @Override
  public int compareTo(FindingId other) {
    return digest.compareTo(other.digest);
  }

  /** 64 hex digits. */
  @Override
  public String toString() {
    return digest.toHex();
  }
}
