package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text form of a node's secret key.
 *
 * <pre>
 *   cairn-node-key 2
 *   ed25519-seed &lt;64 lower-case hex digits&gt;
 *   ed25519-public &lt;64 lower-case hex digits&gt;
 * </pre>
 *
 * <p>Each line ended by a line feed. The seed is that of RFC 8032 §5.1.5, the public half follows
 * from it and stands there so that a program that signs nothing need not compute it; whoever signs
 * checks it first. Version 1 had no such line and is still read. Whoever reads this file can sign
 * as the node: it is readable by its owner alone.
 */
final class KeyFile {
  private static final Pattern FORM =
      Pattern.compile(
          "cairn-node-key 2\ned25519-seed ([0-9a-f]{64})\ned25519-public ([0-9a-f]{64})\n?");
  private static final Pattern FORM_1 =
      Pattern.compile("cairn-node-key 1\ned25519-seed ([0-9a-f]{64})\n?");

  private KeyFile() {}

  static String encode(SigningKey key) {
    return "cairn-node-key 2\ned25519-seed "
        + key.seed().toHex()
        + "\ned25519-public "
        + key.publicKey().encoded().toHex()
        + "\n";
  }

  /**
   * Reads the text form.
   *
   * @throws MalformedException naming {@code place}, never the secret
   */
  static SigningKey decode(String text, String place) {
    Matcher halves = FORM.matcher(text);
    if (halves.matches()) {
      return SigningKey.fromHalves(
          Bytes.fromHex(halves.group(1)), PublicKey.checkedBefore(Bytes.fromHex(halves.group(2))));
    }
    Matcher seed = FORM_1.matcher(text);
    if (seed.matches()) {
      return SigningKey.fromSeed(Bytes.fromHex(seed.group(1)));
    }
    throw new MalformedException(
        place + ": not a node key of the form 'cairn-node-key 2, ed25519-seed <64 hex>, …'");
  }
}
