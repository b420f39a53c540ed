package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Stores on memory engines with the indexes that runs need, and the shortest way to run. */
public final class RunFixture {
  public static final TypeTag TEXT = new TypeTag("text/plain");

  private static final List<Index> INDEXES = List.of(new GraphIndex(), new ReceiptIndex());

  private RunFixture() {}

  public static MemoryEngine engine() {
    return new MemoryEngine(StoreConfig.tables(INDEXES, List.of()));
  }

  public static Store open(String name, MemoryEngine engine) {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
    return Store.open(engine, new StoreConfig("test", key, 1, INDEXES, List.of(), () -> 1_000_000));
  }

  public static Store open(String name) {
    return open(name, engine());
  }

  public static Executor executor(Store store) {
    return new Executor(store, OperatorRegistry.builtIn());
  }

  public static ArtifactKey put(Store store, TypeTag tag, Bytes payload) {
    PreparedArtifact artifact = store.prepare(tag, payload);
    store.commit(new CommitDraft().put(artifact));
    return artifact.id().key();
  }

  public static ArtifactKey put(Store store, String text) {
    return put(store, TEXT, Bytes.utf8(text));
  }

  public static ArtifactKey putList(Store store, ArtifactKey... keys) {
    List<ArtifactList.Item> items = new ArrayList<>();
    for (ArtifactKey key : keys) {
      items.add(new ArtifactList.Item(key, null));
    }
    return put(store, ArtifactList.TYPE, new ArtifactList(items).encode());
  }

  public static Bytes payload(Store store, ArtifactKey key) {
    LiveEntry entry = store.now().live(key).orElseThrow();
    return store.payload(entry.artifact().payloadDigest(), Long.MAX_VALUE);
  }

  /** Makes all that one store wrote visible in another, as a sync does. */
  public static void send(Store from, Store to) {
    Origin origin = from.origin();
    Bytes checkpoint = from.signHead().orElseThrow();
    LogHead head = from.head(origin).orElseThrow();
    List<Stretch.Item> items = new ArrayList<>();
    long first = to.head(origin).map(LogHead::treeSize).orElse(0L);
    try (RecordCursor records = from.records(origin, first, head.treeSize())) {
      while (records.next()) {
        LogRecord record = records.record();
        items.add(new Stretch.Item(record.encode(), from.payload(record.payloadDigest(), 1 << 20)));
      }
    }
    to.replicate(new Stretch(origin, head.key(), first, items, checkpoint));
  }

  /** A program from JSON in which apostrophes stand for quotation marks. */
  public static Program program(String json) {
    return ProgramText.readJson(Bytes.utf8(json.replace('\'', '"')));
  }

  /** {@code name, key, name, key ...}. */
  public static SortedMap<String, ArtifactKey> inputs(Object... pairs) {
    TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      inputs.put((String) pairs[i], (ArtifactKey) pairs[i + 1]);
    }
    return inputs;
  }
}
