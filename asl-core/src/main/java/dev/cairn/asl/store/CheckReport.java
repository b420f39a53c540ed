package dev.cairn.asl.store;

import java.util.List;

/**
 * What {@link StoreCheck} found.
 *
 * @param checked records, payloads, chunks and rows looked at
 * @param found how much is damaged
 * @param damaged the first of it, at most {@link StoreCheck#DAMAGES_KEPT_MAX}, in the order of the
 *     check, which is the same at each run
 * @param unneeded chunks and rows that are whole and that nothing needs: no damage
 * @param remaining how much is damaged still, after what was repaired
 * @param left what is damaged still, as {@code damaged}
 * @param outdated names of indexes, in order, that an earlier program left in its own form or did
 *     not have: no damage, and not looked at; the next opening for writing makes them anew
 */
public record CheckReport(
    long checked,
    long found,
    List<Damage> damaged,
    long unneeded,
    long remaining,
    List<Damage> left,
    List<String> outdated) {
  public CheckReport {
    damaged = List.copyOf(damaged);
    left = List.copyOf(left);
    outdated = List.copyOf(outdated);
  }

  /** How much of the damage is no more. */
  public long repaired() {
    return Math.max(0, found - remaining);
  }

  /** True if nothing is damaged now. */
  public boolean isWhole() {
    return remaining == 0;
  }
}
