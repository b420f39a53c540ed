package dev.cairn.pel.operator;

import dev.cairn.pel.operator.archive.ArchiveReader;
import dev.cairn.pel.operator.archive.ArchiveSource;
import dev.cairn.pel.operator.archive.TarReader;
import dev.cairn.pel.operator.archive.ZipReader;
import java.io.IOException;
import java.io.InputStream;

/** How an archive is read. */
enum ArchiveFormat {
  /** A tar archive, not compressed. */
  TAR("tar") {
    @Override
    ArchiveReader open(OperatorInput input, long contentBytesMax) throws IOException {
      return new TarReader(input.open());
    }
  },
  /** A zip archive. */
  ZIP("zip") {
    @Override
    ArchiveReader open(OperatorInput input, long contentBytesMax) throws IOException {
      return new ZipReader(new InputSource(input), contentBytesMax);
    }
  };

  private final String word;

  ArchiveFormat(String word) {
    this.word = word;
  }

  /** As operators' names begin. */
  String word() {
    return word;
  }

  abstract ArchiveReader open(OperatorInput input, long contentBytesMax) throws IOException;

  private record InputSource(OperatorInput input) implements ArchiveSource {
    @Override
    public long length() {
      return input.length();
    }

    @Override
    public InputStream open(long from, long to) throws IOException {
      return input.open(from, to);
    }
  }
}
