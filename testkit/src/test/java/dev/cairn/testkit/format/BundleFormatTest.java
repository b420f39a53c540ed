package dev.cairn.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.audit.ReplayReport;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.bundle.BundleReport;
import dev.cairn.federation.bundle.Bundles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds bundles to the vectors of {@code docs/format/bundle.md}. */
class BundleFormatTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final int LENGTH_AT = 10;
  private static final int FRAME_HEAD_BYTES = 8;

  @TempDir Path folder;

  private static Store open(String seed) {
    StoreConfig config =
        new StoreConfig(
            "default",
            SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(seed))),
            1,
            List.of(),
            List.of(),
            () -> 1_700_000_000_000L);
    return Store.open(new MemoryEngine(StoreConfig.tables(List.of(), List.of())), config);
  }

  @Test
  void aBundleIsWrittenAsTheDocumentSays() throws IOException {
    GoldenVectors golden = GoldenVectors.of("bundle.md");
    Bytes expected = golden.take("bundle");
    Path file = folder.resolve("bundle");
    try (Store store = open("node")) {
      PreparedArtifact world = store.prepare(TEXT, Bytes.utf8("world"));
      store.commit(new CommitDraft().put(store.prepare(TEXT, Bytes.utf8("hello"))).put(world));
      ArtifactKey erased = world.id().key();
      store.commit(new CommitDraft().tombstone(erased, new TombstoneNote(true, "withdrawn")));
      Bundles.write(store, file, Optional.empty(), Optional.empty());
    }
    assertThat(Bytes.wrap(Files.readAllBytes(file))).isEqualTo(expected);
    Bytes header = golden.take("header");
    int headerAt = LENGTH_AT + FRAME_HEAD_BYTES;
    assertThat(expected.u32At(LENGTH_AT)).isEqualTo(header.length());
    assertThat(expected.slice(headerAt, headerAt + header.length())).isEqualTo(header);
    Bytes trailer = golden.take("trailer");
    assertThat(expected.slice(expected.length() - trailer.length())).isEqualTo(trailer);
    golden.assertAllTaken();
  }

  @Test
  void theBundleOfTheDocumentIsVerifiedAndReplayed() throws IOException {
    Path file = folder.resolve("bundle");
    Files.write(file, GoldenVectors.of("bundle.md").take("bundle").toArray());
    BundleReport report = Bundles.verify(file);
    assertThat(report.tally().records()).isEqualTo(3);
    assertThat(report.tally().commits()).isEqualTo(2);
    try (Store empty = open("another")) {
      ReplayReport replayed = new Replayer(empty).bundle(file);
      assertThat(replayed.verified()).isTrue();
      assertThat(replayed.stateRoot()).isEqualTo(report.header().snapshot().stateRoot());
    }
  }
}
