package dev.cairn.pel.operator.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A member's content, checked against size and checksum as it is read; never more than it said. One
 * owner; close it.
 */
final class ZipContent extends InputStream {
  private static final int BUFFER_BYTES = 1 << 15;

  private final InputStream in;
  private final ZipMember member;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long given;
  private boolean ended;

  ZipContent(InputStream in, ZipMember member) {
    this.in = in;
    this.member = member;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (ended) {
      return -1;
    }
    int count =
        member.method() == ZipMember.STORED
            ? in.read(target, offset, length)
            : inflate(target, offset, length);
    if (count < 0) {
      end();
      return -1;
    }
    given += count;
    if (given > member.size()) {
      throw member.wrong("is longer than it says");
    }
    crc.update(target, offset, count);
    return count;
  }

  private int inflate(byte[] target, int offset, int length) throws IOException {
    try {
      while (true) {
        int count = inflater.inflate(target, offset, length);
        if (count > 0) {
          return count;
        }
        if (inflater.finished()) {
          return -1;
        }
        if (inflater.needsDictionary()) {
          throw member.wrong("is damaged");
        }
        int read = in.read(buffer);
        if (read < 0) {
          throw member.wrong("ends too early");
        }
        inflater.setInput(buffer, 0, read);
      }
    } catch (DataFormatException e) {
      throw member.wrong("is damaged");
    }
  }

  private void end() throws IOException {
    ended = true;
    boolean more =
        member.method() == ZipMember.DEFLATED && (inflater.getRemaining() > 0 || in.read() >= 0);
    if (more || given != member.size()) {
      throw member.wrong("is not as long as it says");
    }
    if ((int) crc.getValue() != member.crc()) {
      throw member.wrong("has another checksum");
    }
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
