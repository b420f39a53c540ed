package dev.cairn.asl.store;

import dev.cairn.asl.model.Origin;

/**
 * A log of which nothing more is taken for now, as its node's clock or logseq is implausibly far
 * ahead of this node's. What is held of it stays. Nothing is lost: the rest comes with the next
 * conversation in which it is plausible, because time has passed or a person has admitted the log
 * ({@link Store#admit}).
 *
 * @param origin whose log
 * @param fromIndex index of the first record that was not taken
 * @param clockAheadMillis by how much its clock was ahead, at most; 0 if that was plausible
 * @param logseqLeap by how much its logseq was ahead, at most; 0 if that was plausible
 * @param lastLogseq the greatest logseq that was shown
 * @param noticedMillis when that was noticed first, since 1970, by this node's clock
 */
public record HeldBack(
    Origin origin,
    long fromIndex,
    long clockAheadMillis,
    long logseqLeap,
    long lastLogseq,
    long noticedMillis) {
  /** What is implausible about it, for people. */
  public String describe() {
    StringBuilder text = new StringBuilder();
    if (clockAheadMillis > 0) {
      text.append("its clock is ").append(clockAheadMillis).append(" ms ahead");
    }
    if (logseqLeap > 0) {
      text.append(text.isEmpty() ? "" : " and ")
          .append("its logseq ")
          .append(lastLogseq)
          .append(" is ")
          .append(logseqLeap)
          .append(" ahead");
    }
    return text.toString();
  }

  /** The same log, met again. */
  HeldBack again(HeldBack later) {
    return new HeldBack(
        origin,
        later.fromIndex,
        Math.max(clockAheadMillis, later.clockAheadMillis),
        Math.max(logseqLeap, later.logseqLeap),
        Math.max(lastLogseq, later.lastLogseq),
        noticedMillis);
  }
}
