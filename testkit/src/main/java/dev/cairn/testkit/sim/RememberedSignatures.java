package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SignatureCheck;
import java.util.HashMap;
import java.util.Map;

/**
 * The verdicts of {@link SignatureCheck#ED25519}, each computed once: the nodes of a simulation all
 * check the same checkpoints, and the curve is most of what that costs. One thread.
 */
final class RememberedSignatures implements SignatureCheck {
  private record Asked(PublicKey key, Bytes message, Bytes signature) {}

  private final Map<Asked, Boolean> verdicts = new HashMap<>();

  @Override
  public boolean verifies(PublicKey key, Bytes message, Bytes signature) {
    return verdicts.computeIfAbsent(
        new Asked(key, message, signature),
        asked -> ED25519.verifies(asked.key, asked.message, asked.signature));
  }
}
