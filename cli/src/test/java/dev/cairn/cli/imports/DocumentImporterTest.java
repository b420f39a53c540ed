package dev.cairn.cli.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.Fixtures;
import dev.cairn.cli.imports.cyclonedx.CycloneDxFormat;
import dev.cairn.cli.imports.intoto.InTotoFormat;
import dev.cairn.cli.imports.openlineage.OpenLineageFormat;
import dev.cairn.cli.imports.prov.ProvFormat;
import dev.cairn.cli.imports.spdx.SpdxFormat;
import dev.cairn.tgk.index.GraphIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for the documents of every format. */
class DocumentImporterTest {
  /** One in so many hostile documents is imported with what is malformed in it passed over, too. */
  private static final int KEPT_GOING = 10;

  private static final int MUTATIONS = 200;

  @TempDir Path folder;
  private final List<Store> stores = new ArrayList<>();
  private Store store;

  @BeforeEach
  void start() {
    store = newStore();
  }

  @AfterEach
  void stop() {
    stores.forEach(Store::close);
  }

  private Store newStore() {
    List<Index> indexes = List.of(new GraphIndex());
    Store fresh =
        Store.open(
            new MemoryEngine(StoreConfig.tables(indexes, List.of())),
            new StoreConfig(
                "default",
                SigningKey.fromSeed(Bytes.wrap(new byte[SigningKey.SEED_BYTES])),
                1,
                indexes,
                List.of(),
                WallClock.system()));
    stores.add(fresh);
    return fresh;
  }

  static List<String> documents() {
    return List.copyOf(new TreeSet<>(Fixtures.FORMATS.keySet()));
  }

  private static DocumentFormat format(String document) {
    return switch (Fixtures.FORMATS.get(document)) {
      case "prov" -> new ProvFormat();
      case "openlineage" -> new OpenLineageFormat();
      case "spdx" -> new SpdxFormat();
      case "cyclonedx" -> new CycloneDxFormat();
      case "intoto" -> new InTotoFormat(List.of());
      default -> throw new AssertionError(document);
    };
  }

  private DocumentImporter.Report run(
      Store into, String fixture, byte[] bytes, boolean keepGoing, List<String> complaints) {
    try {
      Path file = Files.write(folder.resolve("document"), bytes);
      return new DocumentImporter(into, format(fixture), null, keepGoing, complaints::add)
          .run(List.of(new Document(fixture, file)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private DocumentImporter.Report run(Store into, String fixture) {
    return run(into, fixture, Fixtures.bytes(fixture), false, new ArrayList<>());
  }

  private static List<String> live(Store of) {
    List<String> all = new ArrayList<>();
    of.now().forEachLive((LiveEntry entry) -> all.add(entry.key() + " " + entry.artifact().tag()));
    return all;
  }

  @ParameterizedTest
  @MethodSource("documents")
  void importingAgainWritesNothing(String document) {
    DocumentImporter.Report first = run(store, document);
    assertThat(first.written())
        .isEqualTo(first.artifacts() + first.references() + first.edges())
        .isPositive();
    assertThat(first.edges()).isPositive();
    List<String> before = live(store);
    DocumentImporter.Report second = run(store, document);
    assertThat(second.written()).isZero();
    assertThat(second)
        .isEqualTo(
            new DocumentImporter.Report(
                first.artifacts(), first.edges(), first.references(), 0, 0));
    assertThat(live(store)).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void theDocumentIsKeptAsItIs(String document) {
    run(store, document);
    Bytes bytes = Bytes.wrap(Fixtures.bytes(document));
    assertThat(store.byPayload(PayloadDigest.of(bytes))).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void theSameDocumentIsTheSameGraphWhateverIsThereBefore(String document) {
    run(store, document);
    Store other = newStore();
    for (String earlier : documents()) {
      if (!earlier.equals(document)) {
        run(other, earlier);
      }
    }
    run(other, document);
    assertThat(live(other)).containsAll(live(store));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyTruncationIsRefusedOrCleanlyImported(String document) {
    byte[] whole = Fixtures.bytes(document);
    for (int length = 0; length < whole.length; length++) {
      hostile(document, Arrays.copyOf(whole, length), length % KEPT_GOING == 0);
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyMutationIsRefusedOrCleanlyImported(String document) {
    byte[] whole = Fixtures.bytes(document);
    Random random = new Random(document.hashCode());
    for (int i = 0; i < MUTATIONS; i++) {
      hostile(document, mutated(whole, random), i % KEPT_GOING == 0);
    }
  }

  private static byte[] mutated(byte[] whole, Random random) {
    byte[] changed = whole.clone();
    int kind = random.nextInt(4);
    for (int j = 0; j <= random.nextInt(3); j++) {
      int at = random.nextInt(changed.length);
      switch (kind) {
        case 0 -> changed[at] = (byte) random.nextInt(256);
        case 1 -> changed[at] = (byte) "{}[]\",:0truenul\\ \n".charAt(random.nextInt(18));
        case 2 -> {
          // Text from elsewhere in the document: names and values in wrong places.
          int from = random.nextInt(changed.length);
          int length = Math.min(random.nextInt(40), changed.length - Math.max(at, from));
          System.arraycopy(whole, from, changed, at, length);
        }
        default -> {
          int end = Math.min(changed.length, at + random.nextInt(60));
          byte[] shorter = new byte[changed.length - (end - at)];
          System.arraycopy(changed, 0, shorter, 0, at);
          System.arraycopy(changed, end, shorter, at, changed.length - end);
          changed = shorter.length == 0 ? whole.clone() : shorter;
        }
      }
    }
    return changed;
  }

  /** Refused with a place and nothing written, or imported so that a second time writes nothing. */
  private void hostile(String document, byte[] bytes, boolean keepGoing) {
    List<LogHead> before = store.heads();
    try {
      run(store, document, bytes, false, new ArrayList<>());
    } catch (MalformedException e) {
      assertThat(e.getMessage()).matches("(?s)[^,]+, (line [0-9]+[:,]|at |more than ).*");
      assertThat(store.heads()).isEqualTo(before);
      if (!keepGoing) {
        return;
      }
      List<String> complaints = new ArrayList<>();
      DocumentImporter.Report kept = run(store, document, bytes, true, complaints);
      assertThat(kept.passedOver()).isPositive();
      assertThat(complaints).isNotEmpty();
    }
    assertThat(run(store, document, bytes, true, new ArrayList<>()).written()).isZero();
  }

  @Test
  void oneMalformedDocumentOfManyMeansThatNothingIsWritten() throws IOException {
    Path good = Files.write(folder.resolve("good"), Fixtures.bytes("chart.provjson"));
    Path bad =
        Files.write(folder.resolve("bad"), "{\"used\": []}".getBytes(StandardCharsets.UTF_8));
    List<Document> both = List.of(new Document("good", good), new Document("bad", bad));
    assertThatThrownBy(
            () -> new DocumentImporter(store, new ProvFormat(), null, false, told -> {}).run(both))
        .isInstanceOf(MalformedException.class)
        .hasMessage("bad, at /used: not an object");
    assertThat(live(store)).isEmpty();
    List<String> complaints = new ArrayList<>();
    DocumentImporter.Report report =
        new DocumentImporter(store, new ProvFormat(), null, true, complaints::add).run(both);
    assertThat(report.passedOver()).isEqualTo(1);
    assertThat(complaints).containsExactly("bad, at /used: not an object");
  }

  @Test
  void aDocumentThatChangesWhileItIsReadIsRefused() throws IOException {
    Path file = Files.write(folder.resolve("moving"), Fixtures.bytes("chart.provjson"));
    DocumentFormat meddling =
        new DocumentFormat() {
          @Override
          public String namespace() {
            return "prov";
          }

          @Override
          public void read(Document document, Statements statements) throws IOException {
            new ProvFormat().read(document, statements);
            Files.writeString(file, "{}");
          }
        };
    assertThatThrownBy(
            () ->
                new DocumentImporter(store, meddling, null, false, told -> {})
                    .run(List.of(new Document("moving", file))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("changed while");
    assertThat(live(store)).isEmpty();
  }
}
