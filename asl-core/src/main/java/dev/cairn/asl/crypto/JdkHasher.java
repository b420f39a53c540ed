package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import java.security.MessageDigest;

/** A {@link MessageDigest} that can be cloned. */
final class JdkHasher implements Hasher {
  private final MessageDigest digest;

  JdkHasher(MessageDigest digest) {
    this.digest = digest;
  }

  @Override
  public void update(byte[] array, int offset, int length) {
    digest.update(array, offset, length);
  }

  @Override
  public void update(Bytes bytes) {
    bytes.updateInto(digest);
  }

  @Override
  public Hasher fork() {
    return new JdkHasher(copy(digest));
  }

  static MessageDigest copy(MessageDigest running) {
    try {
      return (MessageDigest) running.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("the JDK's SHA-256 is cloneable", e);
    }
  }

  @Override
  public Bytes digest() {
    return Bytes.wrap(digest.digest());
  }
}
