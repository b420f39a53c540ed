package dev.cairn.tgk.plan.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A small federation whose first store holds what three nodes did, by lot. */
final class World implements AutoCloseable {
  static final List<String> TYPES = List.of("", "text/plain", "text/html", "git/tree");
  static final List<EdgeType> EDGE_TYPES =
      List.of(new EdgeType("t:a"), new EdgeType("t:b"), new EdgeType("u:a"));
  static final List<String> ROLES = List.of("", "parent", "input");
  static final long TIME_FIRST = 1_700_000_000_000L;
  private static final long COMMIT_BYTES_MAX = 1 << 20;

  private final List<Store> stores = new ArrayList<>();
  private final AtomicLong clock = new AtomicLong(TIME_FIRST);
  private final Random random;

  /** Artifacts and edges that plans may name; some were never put. */
  final List<ArtifactKey> keys = new ArrayList<>();

  private final List<Edge> edges = new ArrayList<>();
  private Graph sealed;
  private Path segments;

  World(long seed) {
    this(seed, 30, 14);
  }

  World(long seed, int steps, int nodes) {
    this.random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      stores.add(open("node " + i));
    }
    for (int i = 0; i < nodes; i++) {
      keys.add(ArtifactKey.of(payload(i), tag(i)));
    }
    for (int i = 0; i < steps; i++) {
      step(stores.get(random.nextInt(stores.size())), nodes);
    }
    for (Store from : stores) {
      copy(from, stores.get(0));
    }
  }

  Store store() {
    return stores.get(0);
  }

  /** The graph over a sealed segment of all that there is. */
  Graph sealed() {
    if (sealed == null) {
      try {
        segments = Files.createTempDirectory("cairn-world-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      sealed = new Graph(store(), segments);
      assertThat(sealed.seal(store().snapshot(null).snapshot())).isNotNull();
    }
    return sealed;
  }

  long timeLast() {
    return clock.get();
  }

  private static Bytes payload(int number) {
    return Bytes.utf8("artifact " + number + "x".repeat(number));
  }

  private static TypeTag tag(int number) {
    String type = TYPES.get(number % TYPES.size());
    return number % 7 == 6 ? TypeTag.RECEIPT : type.isEmpty() ? null : new TypeTag(type);
  }

  private void step(Store store, int nodes) {
    clock.addAndGet(random.nextInt(100_000));
    CommitDraft draft = new CommitDraft();
    Set<ArtifactKey> touched = new TreeSet<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      int choice = random.nextInt(10);
      if (choice < 3) {
        int number = random.nextInt(nodes - 1); // the last one is never put
        if (touched.add(keys.get(number))) {
          draft.put(store.prepare(tag(number), payload(number)));
        }
      } else if (choice < 8) {
        Edge edge = edge(nodes);
        if (touched.add(edge.key())) {
          draft.put(store.prepare(TypeTag.EDGE, edge.encode()));
          edges.add(edge);
          keys.add(edge.key());
        }
      } else {
        ArtifactKey target = keys.get(random.nextInt(keys.size()));
        if (touched.add(target)) {
          draft.tombstone(target, new TombstoneNote(random.nextInt(4) == 0, null));
        }
      }
    }
    if (!touched.isEmpty()) {
      store.commit(draft);
    }
    if (random.nextInt(4) == 0) {
      copy(stores.get(random.nextInt(3)), store);
    }
  }

  private Edge edge(int nodes) {
    if (!edges.isEmpty() && random.nextInt(3) == 0) {
      Edge known = edges.get(random.nextInt(edges.size()));
      return new Edge(known.type(), known.from(), known.to(), say());
    }
    return new Edge(
        EDGE_TYPES.get(random.nextInt(3)),
        ends(nodes, random.nextInt(3)),
        ends(nodes, 1 + random.nextInt(2)),
        say());
  }

  private ArtifactKey say() {
    return random.nextBoolean() ? null : keys.get(random.nextInt(3));
  }

  private List<Endpoint> ends(int nodes, int count) {
    Set<Endpoint> ends = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      int number = random.nextInt(random.nextInt(8) == 0 ? keys.size() : nodes);
      String role = ROLES.get(random.nextInt(ROLES.size()));
      ends.add(new Endpoint(keys.get(number), role.isEmpty() ? null : role));
    }
    return List.copyOf(ends);
  }

  /** A cut at random places of the logs, or all that is held. */
  Cut cut(Random lot) {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    for (LogHead head : store().heads()) {
      if (lot.nextInt(6) > 0) {
        logseqs.put(head.origin(), 1L + lot.nextInt((int) head.lastLogseq()));
      }
    }
    return lot.nextBoolean() ? store().cut() : new Cut(logseqs);
  }

  private Store open(String name) {
    List<Index> indexes = List.of(new GraphIndex());
    return Store.open(
        new MemoryEngine(StoreConfig.tables(indexes, List.of())),
        new StoreConfig(
            "test",
            SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name))),
            1,
            indexes,
            List.of(),
            clock::get));
  }

  private static void copy(Store from, Store to) {
    from.signHead();
    for (LogHead head : from.heads()) {
      long held = to.head(head.origin()).map(LogHead::treeSize).orElse(0L);
      for (var checkpoint : from.checkpoints(head.origin(), held, Integer.MAX_VALUE).entrySet()) {
        List<Stretch.Item> items = new ArrayList<>();
        try (RecordCursor records = from.records(head.origin(), held, checkpoint.getKey())) {
          while (records.next()) {
            boolean there = from.hasPayload(records.record().payloadDigest());
            items.add(
                new Stretch.Item(
                    records.encoded(),
                    there
                        ? from.payload(records.record().payloadDigest(), COMMIT_BYTES_MAX)
                        : null));
          }
        }
        to.replicate(new Stretch(head.origin(), head.key(), held, items, checkpoint.getValue()));
        held = checkpoint.getKey();
      }
    }
  }

  @Override
  public void close() {
    stores.forEach(Store::close);
    if (segments != null) {
      try (Stream<Path> files = Files.walk(segments)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
