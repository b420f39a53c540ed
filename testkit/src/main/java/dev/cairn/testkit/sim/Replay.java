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
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fresh store that takes what a node holds through the production way in, commit by commit, in
 * the total order. The checkpoints behind each commit are signed here, with the keys that the
 * simulation knows.
 */
final class Replay {
  private static final SigningKey AUDITOR =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("auditor")));

  private Replay() {}

  /** One commit of one origin. */
  private record Commit(Origin origin, int from, int to, Position first) {}

  /** The derived rows of the replay of all that {@code node} holds, with the payloads it holds. */
  static DerivedRows inOrder(World world, SimNode node) {
    PlantedBug bug = world.options().bug();
    StoreConfig config =
        new StoreConfig(
            Truth.FEDERATION, AUDITOR, 1, SimNode.indexes(bug), List.of(), () -> 1_000_000);
    try (Store fresh = Store.open(new MemoryEngine(SimNode.tables(bug)), config)) {
      for (Commit commit : commits(world.truth(), node)) {
        fresh.replicate(stretch(world.truth().log(commit.origin), commit, node.store(), fresh));
      }
      return DerivedRows.of(fresh, bug);
    }
  }

  private static List<Commit> commits(Truth truth, SimNode node) {
    List<Commit> commits = new ArrayList<>();
    node.sizes()
        .forEach(
            (origin, size) -> {
              Truth.TrueLog log = truth.log(origin);
              int from = 0;
              for (int to = 1; to <= size; to++) {
                if (log.endsCommit(to)) {
                  commits.add(new Commit(origin, from, to, log.record(from).position(origin)));
                  from = to;
                }
              }
            });
    commits.sort(Comparator.comparing(Commit::first));
    return commits;
  }

  private static Stretch stretch(Truth.TrueLog log, Commit commit, Store source, Store fresh) {
    List<Stretch.Item> items = new ArrayList<>();
    for (int i = commit.from; i < commit.to; i++) {
      items.add(new Stretch.Item(log.encoded(i), payload(log.record(i), source, fresh)));
    }
    return new Stretch(
        commit.origin, log.publicKey(), commit.from, items, log.checkpoint(commit.to));
  }

  /** The payload if it travels inline; a large one is staged. */
  private static @Nullable Bytes payload(LogRecord record, Store source, Store fresh) {
    PayloadDigest digest = record.payloadDigest();
    if (!source.hasPayload(digest)) {
      return null;
    }
    Bytes payload = source.payload(digest, record.payloadLength());
    if (payload.length() <= Store.INLINE_BYTES_MAX) {
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
