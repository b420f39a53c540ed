package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Each log at any node is, byte for byte and root for root, a prefix of what its origin wrote. */
final class NothingUnverifiedVisible implements Oracle {
  private static final int NOTES_MAX = 1_000;

  private final Map<Origin, Map<Origin, Long>> compared = new TreeMap<>();

  /** Checkpoints of each log that verified: the same ones do at whatever node and moment. */
  private final Map<Origin, Set<Bytes>> verified = new TreeMap<>();

  @Override
  public void afterStep(World world, SimNode node) {
    if (!node.isUp()) {
      return;
    }
    Map<Origin, Long> done = compared.computeIfAbsent(node.origin(), any -> new TreeMap<>());
    TrueLogs held = world.truth().heldBy(node);
    for (LogHead head : node.store().heads()) {
      long from = done.getOrDefault(head.origin(), 0L);
      compare(held, node, head, from);
      done.put(head.origin(), head.treeSize());
    }
  }

  @Override
  public void atRest(World world) {
    for (SimNode node : world.nodes()) {
      TrueLogs held = world.truth().heldBy(node);
      for (LogHead head : node.store().heads()) {
        compare(held, node, head, 0);
        if (!head.root().equals(held.log(head.origin()).rootAt(head.treeSize()))) {
          throw violation(node + " has another Merkle root of " + head);
        }
        checkNotes(world, held, node, head);
      }
    }
  }

  /** Every checkpoint kept is one that its origin signed. */
  private void checkNotes(World world, TrueLogs held, SimNode node, LogHead head) {
    Truth.TrueLog log = held.log(head.origin());
    Set<Bytes> before = verified.computeIfAbsent(head.origin(), any -> new HashSet<>());
    for (Bytes note : node.store().checkpoints(head.origin(), 0, NOTES_MAX).values()) {
      if (before.contains(note)) {
        continue;
      }
      try {
        Checkpoint.verify(
            note, head.origin(), Truth.FEDERATION, log.publicKey(), world.signatures());
        before.add(note);
      } catch (MalformedException e) {
        throw violation(node + " keeps a checkpoint that does not verify: " + e.getMessage());
      }
    }
  }

  private void compare(TrueLogs held, SimNode node, LogHead head, long from) {
    Truth.TrueLog log = held.find(head.origin());
    if (log == null || head.treeSize() > log.size()) {
      throw violation(node + " holds more of " + head.origin() + " than was ever written: " + head);
    }
    try (RecordCursor cursor = node.store().records(head.origin(), from, head.treeSize())) {
      for (long i = from; i < head.treeSize(); i++) {
        if (!cursor.next() || !cursor.encoded().equals(log.encoded((int) i))) {
          throw violation(node + " shows another record " + i + " of " + head.origin());
        }
      }
    }
  }
}
