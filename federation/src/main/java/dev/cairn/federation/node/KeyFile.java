package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text form of a node's secret key.
 *
 * <pre>
 *   cairn-node-key 1
 *   ed25519-seed &lt;64 lower-case hex digits&gt;
 * </pre>
 *
 * <p>Two lines, each ended by a line feed. The seed is that of RFC 8032 §5.1.5. Whoever reads this
 * file can sign as the node: it is readable by its owner alone.
 */
final class KeyFile {
  private static final Pattern FORM =
      Pattern.compile("cairn-node-key 1\ned25519-seed ([0-9a-f]{64})\n?");

  private KeyFile() {}

  static String encode(SigningKey key) {
    return "cairn-node-key 1\ned25519-seed " + key.seed().toHex() + "\n";
  }

  /**
   * Reads the text form.
   *
   * @throws MalformedException naming {@code place}, never the secret
   */
  static SigningKey decode(String text, String place) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new MalformedException(
          place + ": not a node key of the form 'cairn-node-key 1, ed25519-seed <64 hex>'");
    }
    return SigningKey.fromSeed(Bytes.fromHex(matcher.group(1)));
  }
}
