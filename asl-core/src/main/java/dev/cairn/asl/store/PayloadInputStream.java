package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import dev.cairn.asl.model.PayloadDigest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads verified pieces one after another, holding one at a time. If the whole is read, its digest
 * is checked at the end, and the last read fails if it disagrees. One owner at a time.
 */
final class PayloadInputStream extends InputStream {
  /** Fetches one verified piece. */
  @FunctionalInterface
  interface Piece {
    Bytes fetch();
  }

  private final Iterator<Piece> pieces;
  private final @Nullable PayloadDigest expected;
  private final Hasher whole = HashAlgorithm.SHA_256.newHasher();
  private @Nullable Runnable done;
  private long skip;
  private long left;
  private Bytes present = Bytes.EMPTY;
  private int at;

  /**
   * @param pieces in order
   * @param from offset in the first piece
   * @param to offset, counted from the first piece's start, of the end
   * @param expected digest to check if all is read, or null
   * @param done runs once, when no more is to be read
   */
  PayloadInputStream(
      List<Piece> pieces, long from, long to, @Nullable PayloadDigest expected, Runnable done) {
    this.pieces = pieces.iterator();
    this.skip = from;
    this.left = to - from;
    this.expected = expected;
    this.done = done;
    if (left == 0) {
      end();
    }
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    Bytes next = next(length);
    next.copyTo(target, offset);
    return next.length();
  }

  /** Writes what is left piece by piece, as it lies there. */
  @Override
  public long transferTo(OutputStream out) throws IOException {
    long count = 0;
    while (left > 0) {
      Bytes next = next(Integer.MAX_VALUE);
      next.writeTo(out);
      count += next.length();
    }
    return count;
  }

  /** At most so many of the bytes that are left, of which there are some. */
  private Bytes next(int most) {
    while (at == present.length()) {
      present = pieces.next().fetch();
      at = (int) Math.min(skip, present.length());
      skip -= at;
    }
    int count = (int) Math.min(left, Math.min(most, present.length() - at));
    Bytes next = present.slice(at, at + count);
    at += count;
    left -= count;
    if (left == 0) {
      end();
    }
    if (expected != null) {
      whole.update(next);
      if (left == 0 && !whole.digest().equals(expected.digest())) {
        throw PayloadStore.damaged(expected, "its bytes hash to another digest");
      }
    }
    return next;
  }

  @Override
  public int available() {
    return (int) Math.min(left, present.length() - at);
  }

  /** Ends the reading; what was not read stays unread. */
  @Override
  public void close() {
    left = 0;
    end();
  }

  private void end() {
    Runnable first = done;
    done = null;
    if (first != null) {
      first.run();
    }
  }
}
