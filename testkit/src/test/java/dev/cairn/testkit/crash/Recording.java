package dev.cairn.testkit.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a process did to its files, in order, as {@code file-operations.c} recorded it.
 *
 * @param operations all of them
 */
record Recording(List<Operation> operations) {
  /**
   * One operation.
   *
   * @param kind see {@code file-operations.c}
   * @param path of the file or folder
   * @param offset where it wrote, or the length it cut to
   * @param data what it wrote, or the new path
   */
  record Operation(char kind, String path, long offset, ByteBuffer data) {
    String dataAsPath() {
      return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
    }
  }

  static Recording read(Path file) {
    ByteBuffer all;
    try {
      all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Operation> operations = new ArrayList<>();
    while (all.hasRemaining()) {
      char kind = (char) all.get();
      all.get();
      byte[] path = new byte[all.getShort() & 0xffff];
      int bytes = all.getInt();
      long offset = all.getLong();
      all.get(path);
      ByteBuffer data = all.slice(all.position(), bytes);
      all.position(all.position() + bytes);
      operations.add(new Operation(kind, new String(path, StandardCharsets.UTF_8), offset, data));
    }
    return new Recording(List.copyOf(operations));
  }
}
