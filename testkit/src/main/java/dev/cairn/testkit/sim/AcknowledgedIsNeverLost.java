package dev.cairn.testkit.sim;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node said was durable, of its own or replicated, is there after every crash; a process
 * that ends loses nothing at all, a loss of power whole relaxed commits from the end; and nothing
 * is there that was not committed, but for one commit whose outcome the node did not know.
 */
final class AcknowledgedIsNeverLost implements Oracle {
  private final Map<String, Map<Origin, Long>> acknowledged = new TreeMap<>();

  @Override
  public void afterStep(World world, SimNode node) {
    if (node.isUp()) {
      acknowledged.put(node.toString(), node.durableSizes());
    }
  }

  @Override
  public void restored(SimNode node) {
    acknowledged.remove(node.toString());
  }

  @Override
  public void afterRestart(World world, SimNode node) {
    Map<Origin, Long> now = node.sizes();
    acknowledged
        .getOrDefault(node.toString(), Map.of())
        .forEach(
            (origin, size) -> {
              long held = now.getOrDefault(origin, 0L);
              if (held < size) {
                throw violation(
                    node + " held " + size + " records of " + origin + ", after restart " + held);
              }
            });
    checkOwnLog(world, node);
  }

  private void checkOwnLog(World world, SimNode node) {
    Store store = node.store();
    Truth.TrueLog log = world.truth().logs().get(node.origin());
    int known = log == null ? 0 : log.size();
    long size = store.head(node.origin()).map(LogHead::treeSize).orElse(0L);
    boolean begins = known == 0 && size > 0 && node.unknownRecords() != 0;
    long from = begins ? openings(store) : known;
    boolean any = node.unknownRecords() == SimNode.ANY_COMMIT && isOneCommit(store, from, size);
    boolean relaxedLost = log != null && node.lostPower() && size < known && log.endsCommit(size);
    if (size != known && size != from + node.unknownRecords() && !any && !relaxedLost) {
      throw violation(
          node
              + " wrote "
              + known
              + " records and may have written "
              + node.unknownRecords()
              + " more; after restart its log has "
              + size);
    }
    if (log == null) {
      return;
    }
    long kept = Math.min(known, size);
    try (RecordCursor cursor = store.records(node.origin(), 0, kept)) {
      for (int i = 0; i < kept; i++) {
        if (!cursor.next() || !cursor.encoded().equals(log.encoded(i))) {
          throw violation(node + " has another record " + i + " after restart than it wrote");
        }
      }
    }
  }

  /** The first commit of a later epoch stands behind its opening, and is written with it. */
  private static long openings(Store store) {
    return TypeTag.EPOCH.equals(store.record(store.origin(), 0).orElseThrow().tag()) ? 1 : 0;
  }

  private static boolean isOneCommit(Store store, long from, long to) {
    return from < to
        && store.firstIndexAfter(
                store.origin(), store.record(store.origin(), from).orElseThrow().logseq())
            == to;
  }
}
