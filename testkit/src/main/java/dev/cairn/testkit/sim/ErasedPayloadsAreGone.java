package dev.cairn.testkit.sim;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A payload that was erased is nowhere, unless a live artifact shares it, an index is folded from
 * it, or the node keeps a snapshot that shows it. Asked of small payloads: of large ones, what
 * arrived and was never committed is left to collection.
 */
final class ErasedPayloadsAreGone implements Oracle {
  /** What the records say of the artifacts that share a payload. */
  private static final class Sharers {
    final List<ArtifactKey> keys = new ArrayList<>();
    boolean erased;
    boolean structured;
  }

  @Override
  public void atRest(World world) {
    for (SimNode node : world.nodes()) {
      List<NaiveState> shown = new ArrayList<>();
      TrueLogs held = world.truth().heldBy(node);
      shown.add(world.truth().state(node));
      for (SnapshotInfo info : node.store().snapshots()) {
        shown.add(NaiveState.of(held, sizes(info.snapshot())));
      }
      sharers(held, node.sizes())
          .forEach(
              (digest, sharers) -> {
                boolean needed =
                    sharers.structured
                        || sharers.keys.stream()
                            .anyMatch(key -> shown.stream().anyMatch(state -> state.isLive(key)));
                if (sharers.erased && !needed && node.store().hasPayload(digest)) {
                  throw violation(node + " still has erased payload " + digest);
                }
              });
    }
  }

  private static SortedMap<Origin, Long> sizes(Snapshot snapshot) {
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    snapshot.heads().forEach(head -> sizes.put(head.origin(), head.treeSize()));
    return sizes;
  }

  private static Map<PayloadDigest, Sharers> sharers(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    TreeMap<ArtifactKey, NaiveState.Fact> puts = new TreeMap<>();
    TreeMap<ArtifactKey, Boolean> erased = new TreeMap<>();
    for (NaiveState.Fact fact : NaiveState.facts(logs, sizes)) {
      if (fact.record().kind() != RecordKind.TOMBSTONE) {
        puts.put(fact.record().id(), fact);
        erased.put(fact.record().id(), false);
      } else if (fact.record().payloadDigest().equals(NaiveState.ERASING)) {
        erased.put(fact.record().id(), true);
      }
    }
    TreeMap<PayloadDigest, Sharers> all = new TreeMap<>();
    puts.forEach(
        (key, put) -> {
          if (put.record().payloadLength() <= Store.INLINE_BYTES_MAX) {
            Sharers sharers =
                all.computeIfAbsent(put.record().payloadDigest(), digest -> new Sharers());
            sharers.keys.add(key);
            sharers.erased |= erased.getOrDefault(key, false);
            sharers.structured |= isStructured(put.record().tag());
          }
        });
    return all;
  }

  private static boolean isStructured(@Nullable TypeTag tag) {
    return TypeTag.EDGE.equals(tag) || TypeTag.PROGRAM.equals(tag) || TypeTag.RECEIPT.equals(tag);
  }
}
