package dev.cairn.federation.reconcile;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds where another node differs from this one: the first record of each log that both hold, and
 * the first keys of the live state under the cut that both hold. Lag is no difference. Nothing but
 * hashes on the way to them is exchanged.
 *
 * <p>Over a session it is given to {@link ReconcilePart#asking} as its plan; with a source at hand
 * {@link #run} asks at once. For one use; one owner at a time.
 */
public final class DivergenceSearch {
  private final ReconcileSource mine;
  private final List<CursorEntry> held;
  private final int limit;
  private final List<LogInquiry> logs = new ArrayList<>();
  private @Nullable StateInquiry state;

  /**
   * @param held where our logs end
   * @param limit keys of the state wanted
   */
  public DivergenceSearch(ReconcileSource mine, List<CursorEntry> held, int limit) {
    this.mine = mine;
    this.held = List.copyOf(held);
    this.limit = limit;
  }

  /** What is to be asked of a node whose logs end there. */
  public List<Inquiry> plan(List<CursorEntry> theirs) {
    TreeMap<Origin, CursorEntry> others = new TreeMap<>();
    theirs.forEach(entry -> others.put(entry.origin(), entry));
    TreeMap<Origin, Long> common = new TreeMap<>();
    for (CursorEntry entry : held) {
      CursorEntry other = others.get(entry.origin());
      if (other != null) {
        logs.add(new LogInquiry(mine, entry.origin(), other.treeSize()));
        common.put(entry.origin(), Math.min(entry.lastLogseq(), other.lastLogseq()));
      }
    }
    List<Inquiry> all = new ArrayList<>(logs);
    if (!common.isEmpty()) {
      Cut cut = new Cut(common);
      StateInquiry asked = new StateInquiry(mine.stateTree(cut), cut, limit);
      state = asked;
      all.add(asked);
    }
    return all;
  }

  /** Asks all of a source that is at hand. */
  public void run(ReconcileAnswers answers, List<CursorEntry> theirs) {
    plan(theirs).forEach(inquiry -> inquiry.askAll(answers));
  }

  /** The first record in which each log differs, in order of origins. */
  public List<LogDifference> logDifferences() {
    return logs.stream().map(LogInquiry::difference).flatMap(Optional::stream).toList();
  }

  /** The first keys in which the live states differ. */
  public List<StateDifference> stateDifferences() {
    StateInquiry asked = state;
    return asked == null ? List.of() : asked.differences();
  }
}
