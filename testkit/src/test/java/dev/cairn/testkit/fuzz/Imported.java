package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.DocumentImporter;
import dev.cairn.cli.imports.cyclonedx.CycloneDxFormat;
import dev.cairn.cli.imports.intoto.InTotoFormat;
import dev.cairn.cli.imports.maven.MavenImporter;
import dev.cairn.cli.imports.openlineage.OpenLineageFormat;
import dev.cairn.cli.imports.prov.ProvFormat;
import dev.cairn.cli.imports.spdx.SpdxFormat;
import dev.cairn.cli.imports.trace.TraceImporter;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What must hold of the documents that {@code cairn import} reads: what is refused has written
 * nothing, and what was taken writes nothing when it is taken again.
 */
final class Imported {
  private static final SigningKey KEY =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("fuzz")));

  /** One import of a file into a store. */
  @FunctionalInterface
  private interface Import {
    void of(Path file, Store store) throws IOException;
  }

  /** What the first byte of an input chooses among. */
  private static final List<Import> ALL =
      List.of(
          documents(new SpdxFormat()),
          documents(new CycloneDxFormat()),
          documents(new OpenLineageFormat()),
          documents(new ProvFormat()),
          documents(new InTotoFormat(List.of())),
          Imported::trace,
          Imported::poms);

  /** How many there are. */
  static final int FORMATS = ALL.size();

  private Imported() {}

  /** A decoder: the first byte chooses the format, the rest is the document. */
  static void check(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Import chosen = ALL.get(Math.floorMod(input[0], FORMATS));
    try {
      Path folder = Files.createTempDirectory("fuzz");
      Path file = folder.resolve("fuzz.pom");
      try {
        Files.write(file, Bytes.wrap(input).slice(1).toArray());
        check(chosen, file);
      } finally {
        Files.delete(file);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Import chosen, Path file) throws IOException {
    try (Store store = store()) {
      try {
        chosen.of(file, store);
      } catch (CairnException refused) {
        expect(0, store, "a document that was refused has written");
        return;
      }
      long written = records(store);
      chosen.of(file, store);
      expect(written, store, "the same document again has written");
    }
  }

  private static void expect(long records, Store store, String wrong) {
    if (records(store) != records) {
      throw new AssertionError(wrong + ": " + records(store) + " records, not " + records);
    }
  }

  private static long records(Store store) {
    return store.head(store.origin()).map(LogHead::treeSize).orElse(0L);
  }

  private static Store store() {
    return Store.open(
        new MemoryEngine(StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables())),
        new StoreConfig(
            "fuzz", KEY, 1, CairnNode.newIndexes(), CairnNode.localTables(), () -> 1_000_000));
  }

  private static Import documents(DocumentFormat format) {
    return (file, store) ->
        new DocumentImporter(store, format, null, false, complaint -> {})
            .run(List.of(new Document("fuzz", file)));
  }

  private static void trace(Path file, Store store) throws IOException {
    new TraceImporter(store, CairnNode.newIndexes(), null, false, complaint -> {}).run(file);
  }

  private static void poms(Path file, Store store) throws IOException {
    new MavenImporter(false, complaint -> {})
        .run(List.of(file.getParent()), store, total -> Progress.silent());
  }
}
