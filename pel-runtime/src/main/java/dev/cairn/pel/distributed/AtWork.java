package dev.cairn.pel.distributed;

import dev.cairn.asl.bytes.Bytes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node has begun and not ended, by subject, and whether more may begin beside it: a piece of
 * work that found the heap full begins again when nothing else is at work, and has nothing beside
 * it. One owner, the coordinator's.
 */
final class AtWork {
  private final int worksMax;
  private final Map<Bytes, Work> works = new HashMap<>();
  private boolean alone;

  /**
   * @param worksMax most pieces of work at once
   */
  AtWork(int worksMax) {
    this.worksMax = worksMax;
  }

  /** What is at work on a subject; null for nothing. */
  @Nullable Work on(Bytes subject) {
    return works.get(subject);
  }

  /** Whether nothing can begin now. */
  boolean isFull() {
    return alone || works.size() >= worksMax;
  }

  /** Whether a piece of work may begin now. */
  boolean hasRoomFor(OpenRun.Pending pending) {
    return pending.alone ? works.isEmpty() : !isFull();
  }

  void begins(Work work) {
    works.put(work.subject(), work);
    alone = work.pending.alone;
  }

  void ends(Work work) {
    works.remove(work.subject());
    alone = false;
  }
}
