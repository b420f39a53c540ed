package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A fresh store that takes what a node holds through the production way in, commit by commit, in
 * the total order. The checkpoints behind each commit are made here, and it believes them unsigned:
 * what it shows is what indexes make of records.
 */
final class Replay {
  private static final SigningKey AUDITOR =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("auditor")));

  /** Records from which on a stretch of several commits is enough. */
  private static final int STRETCH_RECORDS = 64;

  /** Commits between two states that are kept. */
  private static final int KEPT_EVERY = 8;

  /** Where earlier replays came by, in their order. */
  private final List<Commit> path = new ArrayList<>();

  private final List<Kept> kept = new ArrayList<>();

  /** What an engine held after the first {@code commits} of the path. */
  private record Kept(int commits, MemoryEngine engine) {}

  /** One commit of one log. */
  private record Commit(Truth.TrueLog log, int from, int to, Position first) {}

  /**
   * The derived rows of the replay of all that {@code node} holds, with the payloads it holds. What
   * it has in common with the replay before is not done again.
   */
  DerivedRows inOrder(World world, SimNode node) {
    PlantedBug bug = world.options().bug();
    StoreConfig config =
        new StoreConfig(
                Truth.FEDERATION, AUDITOR, 1, SimNode.indexes(bug), List.of(), () -> 1_000_000)
            .withSignatures((key, message, signature) -> true)
            .withPlausibility(Plausibility.ANY);
    List<Commit> commits = commits(world.truth().heldBy(node), node);
    MemoryEngine engine = resume(commits, bug);
    HeldPayloads payloads = new HeldPayloads(world.payloads(), node.store());
    try (Store fresh = Store.open(engine, config)) {
      for (int i = path.size(); i < commits.size(); i++) {
        Commit commit = commits.get(i);
        fresh.replicate(stretch(commit, payloads, fresh));
        path.add(commit);
        if (path.size() % KEPT_EVERY == 0) {
          engine.sync();
          kept.add(new Kept(path.size(), engine.copy()));
        }
      }
      return DerivedRows.of(fresh, bug);
    }
  }

  /**
   * The derived rows of a fresh store that takes whole logs in long stretches, one origin after
   * another as {@code origins} says, and where one is named again, all of it again.
   */
  static DerivedRows logByLog(
      World world, SimNode node, HeldPayloads payloads, List<Origin> origins) {
    PlantedBug bug = world.options().bug();
    StoreConfig config =
        new StoreConfig(
                Truth.FEDERATION, AUDITOR, 1, SimNode.indexes(bug), List.of(), () -> 1_000_000)
            .withSignatures((key, message, signature) -> true)
            .withPlausibility(Plausibility.ANY);
    Map<Origin, List<Commit>> stretches = stretches(commits(world.truth().heldBy(node), node));
    try (Store fresh = Store.open(new MemoryEngine(SimNode.tables(bug)), config)) {
      for (Origin origin : origins) {
        for (Commit commits : stretches.getOrDefault(origin, List.of())) {
          fresh.replicate(stretch(commits, payloads, fresh));
        }
      }
      return DerivedRows.of(fresh, bug);
    }
  }

  /** Commits of each log put together, until so many records are. */
  private static Map<Origin, List<Commit>> stretches(List<Commit> commits) {
    TreeMap<Origin, List<Commit>> stretches = new TreeMap<>();
    for (Commit commit : commits) {
      List<Commit> own = stretches.computeIfAbsent(commit.log.origin(), any -> new ArrayList<>());
      Commit last = own.isEmpty() ? null : own.get(own.size() - 1);
      if (last != null && last.to - last.from < STRETCH_RECORDS) {
        own.set(own.size() - 1, new Commit(last.log, last.from, commit.to, last.first));
      } else {
        own.add(commit);
      }
    }
    return stretches;
  }

  /** Goes back to the last state kept that is on the way of {@code commits}. */
  private MemoryEngine resume(List<Commit> commits, PlantedBug bug) {
    int common = 0;
    while (common < Math.min(path.size(), commits.size())
        && path.get(common).equals(commits.get(common))) {
      common++;
    }
    int shared = common;
    kept.removeIf(state -> state.commits > shared);
    Kept from = kept.isEmpty() ? null : kept.get(kept.size() - 1);
    path.subList(from == null ? 0 : from.commits, path.size()).clear();
    return from == null ? new MemoryEngine(SimNode.tables(bug)) : from.engine.copy();
  }

  private static List<Commit> commits(TrueLogs held, SimNode node) {
    List<Commit> commits = new ArrayList<>();
    node.sizes()
        .forEach(
            (origin, size) -> {
              Truth.TrueLog log = held.log(origin);
              int from = 0;
              for (int to = 1; to <= size; to++) {
                if (log.endsCommit(to)) {
                  commits.add(new Commit(log, from, to, log.record(from).position(origin)));
                  from = to;
                }
              }
            });
    commits.sort(Comparator.comparing(Commit::first));
    return commits;
  }

  private static Stretch stretch(Commit commit, HeldPayloads payloads, Store fresh) {
    Truth.TrueLog log = commit.log;
    List<Stretch.Item> items = new ArrayList<>();
    for (int i = commit.from; i < commit.to; i++) {
      items.add(new Stretch.Item(log.encoded(i), payload(log.record(i), payloads, fresh)));
    }
    return new Stretch(
        log.origin(), log.publicKey(), commit.from, items, log.unsignedCheckpoint(commit.to));
  }

  /** The payload if it travels inline; a large one is staged. */
  private static @Nullable Bytes payload(LogRecord record, HeldPayloads payloads, Store fresh) {
    PayloadDigest digest = record.payloadDigest();
    Bytes payload = payloads.find(digest, record.payloadLength());
    if (payload == null || payload.length() <= Store.INLINE_BYTES_MAX) {
      return payload;
    }
    if (!fresh.hasPayload(digest)) {
      try (PayloadStage stage = fresh.stagePayload(digest, payload.length())) {
        stage.write(payload);
        stage.finish();
      }
    }
    return null;
  }
}
