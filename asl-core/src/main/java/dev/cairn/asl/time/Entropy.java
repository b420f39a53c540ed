package dev.cairn.asl.time;

import dev.cairn.asl.bytes.Bytes;
import java.security.SecureRandom;

/** Unpredictable bytes, for keys and for what must differ from its like. Safe for any thread. */
@FunctionalInterface
public interface Entropy {
  /** {@code count} fresh random bytes. */
  Bytes bytes(int count);

  /** The machine's secure generator. */
  static Entropy system() {
    SecureRandom random = new SecureRandom();
    return count -> {
      byte[] fresh = new byte[count];
      random.nextBytes(fresh);
      return Bytes.wrap(fresh);
    };
  }
}
