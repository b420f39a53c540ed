package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import java.io.InputStream;

/**
 * Reads an artifact's payload and, with its last byte, checks that payload and type give the key: a
 * record whose payload did not come with it may have stated any payload digest. One owner at a
 * time.
 */
final class ArtifactInputStream extends InputStream {
  private final PayloadInputStream payload;
  private final ArtifactId id;
  private final ArtifactHasher hasher;
  private long left;

  /**
   * @param payload all of the payload, of the length that {@code id} states
   * @param id what it must be
   */
  ArtifactInputStream(PayloadInputStream payload, ArtifactId id) {
    this.payload = payload;
    this.id = id;
    this.hasher = new ArtifactHasher(id.key().algorithm());
    this.left = id.payloadLength();
    checkAtEnd();
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    int count = payload.read(target, offset, length);
    if (count > 0) {
      hasher.update(target, offset, count);
      left -= count;
      checkAtEnd();
    }
    return count;
  }

  @Override
  public int available() {
    return payload.available();
  }

  @Override
  public void close() {
    payload.close();
  }

  private void checkAtEnd() {
    if (left == 0 && !hasher.finish(id.tag()).equals(id)) {
      throw PayloadStore.notThatArtifact(id);
    }
  }
}
