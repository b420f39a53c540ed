package dev.cairn.pel.operator;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A JSON array in canonical form, made item by item as it is read. One owner; close it. */
final class JsonArrayStream extends InputStream {
  /** Gives the items, and null behind the last. */
  interface Source {
    @Nullable Json next() throws IOException;
  }

  private final Source source;
  private final Closeable resource;
  private byte[] piece = new byte[0];
  private int at;
  private boolean begun;
  private boolean ended;

  /**
   * @param resource what is closed with this
   */
  JsonArrayStream(Source source, Closeable resource) {
    this.source = source;
    this.resource = resource;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int done = 0;
    while (done < length && (at < piece.length || advance())) {
      int count = Math.min(length - done, piece.length - at);
      System.arraycopy(piece, at, target, offset + done, count);
      at += count;
      done += count;
    }
    return done == 0 && length > 0 ? -1 : done;
  }

  private boolean advance() throws IOException {
    if (ended) {
      return false;
    }
    Json item = source.next();
    String before = begun ? item == null ? "" : "," : "[";
    String text = item == null ? "]" : CanonicalJson.encode(item).toUtf8();
    begun = true;
    ended = item == null;
    piece = (before + text).getBytes(StandardCharsets.UTF_8);
    at = 0;
    return true;
  }

  @Override
  public void close() throws IOException {
    resource.close();
  }
}
