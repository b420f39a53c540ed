package dev.cairn.pel.operator;

import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.List;

/** The operators that come along. */
final class BuiltInOperators {
  private BuiltInOperators() {}

  static List<Operator> all() {
    return List.of(
        new BytesConcat(),
        new BytesCount(),
        new BytesJoin(),
        new BytesSlice(),
        new BytesSplit(),
        new CsvJson(),
        Digest.of(HashAlgorithm.BLAKE3, "BLAKE3"),
        Digest.crc32c(),
        Digest.gitBlob(),
        new DigestSha256(),
        Digest.of(HashAlgorithm.SHA3_256, "SHA3-256"),
        Digest.of(HashAlgorithm.SHA_512_256, "SHA-512/256"),
        new JsonCanonical(),
        new JsonCel(),
        new JsonMerge(),
        new JsonQuery(),
        new LinesRange(),
        new LinesSort(),
        new ListItem(),
        new ListLabels(),
        new ListMap(),
        new ListOf(),
        new ListReduce(),
        new ListSelect(),
        new ProvenanceLineage(),
        new ProvenanceQuery(),
        new ArchiveExtract(ArchiveFormat.TAR),
        new ArchiveList(ArchiveFormat.TAR),
        new TextCount(),
        new TextFind(),
        new TextReplace(),
        new TextStats(),
        new ArchiveExtract(ArchiveFormat.ZIP),
        new ArchiveList(ArchiveFormat.ZIP),
        new ZstdCompress(),
        new ZstdDecompress());
  }
}
