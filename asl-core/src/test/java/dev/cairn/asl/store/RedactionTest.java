package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.CanonicalEncoding;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * No description of a value shows payload or key material.
 *
 * <p>Bytes travel as {@link Bytes}, which shows its length alone; so a record that holds some is
 * safe with the description that the compiler writes. What is left to watch: records with arrays,
 * and classes that describe themselves.
 */
class RedactionTest {
  /** Thirty-two bytes, so that it may be a seed as well. */
  private static final Bytes SECRET = Bytes.utf8("qX7#vK2!mZ9@pL4$wR8%tB6^yN3&uJ5*");

  private static final Bytes SHORT = Bytes.utf8("pw42");
  private static final Table TABLE = new Table("test.rows", Table.Scope.LOCAL);

  /**
   * Those that describe themselves, each read for what it shows: names, digests, lengths, places in
   * files.
   */
  private static final List<String> DESCRIBE_THEMSELVES =
      List.of(
          "bytes/Bytes.java",
          "crypto/PublicKey.java",
          "crypto/SigningKey.java",
          "store/LiveCounts.java",
          "engine/rocksdb/Inspection.java",
          "engine/rocksdb/LostTail.java",
          "evidence/Evidence.java",
          "model/ArtifactKey.java",
          "model/NodeId.java",
          "model/Origin.java",
          "model/PayloadDigest.java",
          "model/TypeTag.java",
          "note/ConvergenceCertificate.java");

  @Test
  void onlyReviewedClassesDescribeThemselves() throws IOException {
    Path sources = Path.of("src", "main", "java", "dev", "cairn", "asl");
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        if (Files.readString(file).contains("String toString()")) {
          found.add(sources.relativize(file).toString().replace('\\', '/'));
        }
      }
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(DESCRIBE_THEMSELVES);
  }

  @Test
  void noRecordHoldsAnArrayOrABuffer() throws Exception {
    Path classes = Path.of(Store.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    int records = 0;
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        String name = classes.relativize(file).toString().replace('\\', '/').replace('/', '.');
        if (name.equals("module-info.class")) {
          continue;
        }
        Class<?> type =
            Class.forName(
                name.substring(0, name.length() - ".class".length()),
                false,
                Store.class.getClassLoader());
        if (type.isRecord()) {
          records++;
          for (RecordComponent component : type.getRecordComponents()) {
            assertThat(component.getType().isArray()).as("%s", component).isFalse();
            assertThat(ByteBuffer.class.isAssignableFrom(component.getType()))
                .as("%s", component)
                .isFalse();
          }
        }
      }
    }
    assertThat(records).isGreaterThan(40);
  }

  @Test
  void whatHoldsAPayloadOrAKeyDoesNotShowIt() {
    for (Bytes secret : List.of(SECRET, SHORT)) {
      for (Object holder : holders(secret)) {
        assertShowsNothing(holder.getClass().getSimpleName(), holder.toString(), secret);
      }
    }
    SigningKey key = SigningKey.fromSeed(SECRET);
    assertShowsNothing("key", key.toString(), SECRET);
    assertShowsNothing("config", configOf(key).toString(), SECRET);
    assertThat(key.toString()).contains(key.publicKey().toString());
  }

  @Test
  void whatGoesWrongWithAPayloadIsToldWithoutIt() {
    List<Throwable> failures = new ArrayList<>();
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = StoreFixture.open("a", engine)) {
      store.put(null, SECRET);
      engine.faults().failCommits(1);
      failures.add(failureOf(() -> store.put(null, SECRET.plus(SHORT))));
      failures.add(failureOf(() -> store.put(null, SHORT)));
      failures.add(failureOf(() -> store.reader().get(StoreFixture.key("unknown"), 1)));
    }
    failures.add(failureOf(() -> new CborReader("thing", SECRET).array(2)));
    failures.add(
        failureOf(() -> new CborReader("thing", new CborWriter().bytes(SECRET).toBytes()).text()));
    failures.add(failureOf(() -> SigningKey.fromSeed(SECRET.plus(SHORT))));
    for (Throwable failure : failures) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        assertShowsNothing("failure", cause.toString(), SECRET);
        assertShowsNothing("failure", cause.toString(), SHORT);
      }
    }
  }

  private static Throwable failureOf(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      return e;
    }
    throw new AssertionError("it should have failed");
  }

  private static StoreConfig configOf(SigningKey key) {
    return new StoreConfig("test", key, 1, List.of(), List.of(), () -> 0);
  }

  private static List<Object> holders(Bytes secret) {
    SigningKey key = SigningKey.fromSeed(Bytes.wrap(new byte[SigningKey.SEED_BYTES]));
    Origin origin = new Origin(NodeId.of(key.publicKey()), 1);
    MemoryEngine engine = StoreFixture.engine();
    Store store = StoreFixture.open("holder", engine);
    PreparedArtifact prepared = store.prepare(null, secret);
    CommitDraft draft = new CommitDraft().put(prepared);
    store.commit(draft);
    LogRecord record = store.record(store.origin(), 0).orElseThrow();
    ArtifactId id = prepared.id();
    Row row = new Row(secret, secret);
    RowChange change = RowChange.put(TABLE, secret, secret);
    Stretch.Item item = new Stretch.Item(record.encode(), secret);
    PayloadStage stage = store.stagePayload(PayloadDigest.of(secret), secret.length());
    return List.of(
        secret,
        Optional.of(secret),
        prepared,
        draft,
        List.copyOf(draft.items()),
        id,
        row,
        change,
        new AppendRequest(secret, 0, 0, List.of(secret), List.of(change), Durability.SYNCED),
        item,
        new Stretch(origin, key.publicKey(), 0, List.of(item), secret),
        new CommitView.Entry(record, secret),
        new CommitView(origin, 1, List.of(new CommitView.Entry(record, secret))),
        new CanonicalEncoding(secret, null),
        new CborValue.Binary(secret),
        new CborReader("thing", secret),
        new CborWriter().bytes(secret),
        stage,
        store.openPayload(id),
        store.reader().getAll(List.of(id.key()), 100),
        new PutQueue(store, Runnable::run, PutQueueOptions.DEFAULT),
        store,
        store.stat(id.key()),
        engine);
  }

  /** No four bytes of the secret in a row, in any notation. */
  private static void assertShowsNothing(String what, String shown, Bytes secret) {
    String lower = shown.toLowerCase(Locale.ROOT);
    byte[] bytes = secret.toArray();
    for (int at = 0; at + 4 <= bytes.length; at++) {
      byte[] part = Arrays.copyOfRange(bytes, at, at + 4);
      assertThat(shown).as(what).doesNotContain(new String(part, StandardCharsets.UTF_8));
      assertThat(lower).as(what).doesNotContain(HexFormat.of().formatHex(part));
      assertThat(shown)
          .as(what)
          .doesNotContain(part[0] + ", " + part[1] + ", " + part[2] + ", " + part[3]);
    }
    assertThat(shown).as(what).doesNotContain(Base64.getEncoder().encodeToString(bytes));
  }
}
