package dev.cairn.federation.reconcile;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds where another node differs from this one: the first record of each log that both hold, a
 * few records behind it, and the first keys of the live state under the cut that both share: of
 * each log what both hold alike. Lag is no difference, and what follows from records that differ is
 * not told as well. Nothing but hashes on the way to them is exchanged.
 *
 * <p>Over a session it is given to {@link ReconcilePart#asking} as its plan; with a source at hand
 * {@link #run} asks at once. For one use; one owner at a time.
 */
public final class DivergenceSearch {
  /** Records asked for behind the first one that differs in a log. */
  public static final int RECORDS_BEHIND = 32;

  private final ReconcileSource mine;
  private final List<CursorEntry> held;
  private final int limit;
  private final TreeMap<Origin, CursorEntry> others = new TreeMap<>();
  private final TreeMap<Origin, LogInquiry> logs = new TreeMap<>();
  private final TreeMap<Origin, RecordsInquiry> behind = new TreeMap<>();
  private Cut shared = new Cut(new TreeMap<>());
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

  /** One that is made when its turn has come, of what the ones before it found. */
  private static final class Later implements Inquiry {
    private final Supplier<Optional<Inquiry>> maker;
    private Optional<Inquiry> made = Optional.empty();
    private boolean isMade;

    Later(Supplier<Optional<Inquiry>> maker) {
      this.maker = maker;
    }

    private Optional<Inquiry> made() {
      if (!isMade) {
        made = maker.get();
        isMade = true;
      }
      return made;
    }

    @Override
    public @Nullable ReconcileMessage next() {
      Inquiry inquiry = made().orElse(null);
      return inquiry == null ? null : inquiry.next();
    }

    @Override
    public void accept(ReconcileMessage answer) {
      made().orElseThrow().accept(answer);
    }
  }

  /** What is to be asked of a node whose logs end there. */
  public List<Inquiry> plan(List<CursorEntry> theirs) {
    theirs.forEach(entry -> others.put(entry.origin(), entry));
    List<Inquiry> all = new ArrayList<>();
    for (CursorEntry entry : held) {
      CursorEntry other = others.get(entry.origin());
      if (other != null) {
        LogInquiry log = new LogInquiry(mine, entry.origin(), other.treeSize());
        logs.put(entry.origin(), log);
        all.add(log);
        all.add(new Later(() -> behind(log, other)));
      }
    }
    all.add(new Later(this::state));
    return all;
  }

  private Optional<Inquiry> behind(LogInquiry log, CursorEntry other) {
    return log.difference()
        .map(
            found -> {
              long from = found.index() + 1;
              long to = Math.min(other.treeSize(), from + RECORDS_BEHIND);
              RecordsInquiry asked = new RecordsInquiry(found.origin(), from, to);
              behind.put(found.origin(), asked);
              return asked;
            });
  }

  private Optional<Inquiry> state() {
    TreeMap<Origin, Long> cut = new TreeMap<>();
    for (CursorEntry entry : held) {
      CursorEntry other = others.get(entry.origin());
      if (other != null) {
        long end = sharedEnd(entry, other);
        if (end > 0) {
          cut.put(entry.origin(), end);
        }
      }
    }
    shared = new Cut(cut);
    if (cut.isEmpty()) {
      return Optional.empty();
    }
    StateInquiry asked = new StateInquiry(mine.stateTree(shared), shared, limit);
    state = asked;
    return Optional.of(asked);
  }

  /** The logseq of the last commit of a log that both hold alike; 0 if there is none. */
  private long sharedEnd(CursorEntry entry, CursorEntry other) {
    Optional<LogDifference> found =
        Optional.ofNullable(logs.get(entry.origin())).flatMap(LogInquiry::difference);
    if (found.isEmpty()) {
      return Math.min(entry.lastLogseq(), other.lastLogseq());
    }
    long shared = found.get().index();
    if (shared == 0) {
      return 0;
    }
    long last = logseq(entry.origin(), shared - 1);
    if (last < found.get().mineDecoded().logseq() && last < found.get().theirsDecoded().logseq()) {
      return last;
    }
    // Either side has more of that commit, or says what cannot come behind it: it is left out.
    long begun = begun(entry.origin(), last, shared - 1);
    return begun == 0 ? 0 : logseq(entry.origin(), begun - 1);
  }

  /**
   * Index of the first record of our commit that ends at an index, found by halving, so that no lie
   * makes us read a log through.
   */
  private long begun(Origin origin, long logseq, long end) {
    long from = 0;
    long to = end;
    while (from < to) {
      long middle = from + (to - from) / 2;
      if (logseq(origin, middle) < logseq) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return to;
  }

  private long logseq(Origin origin, long index) {
    return LogRecord.decode(mine.encodedRecord(origin, index)).logseq();
  }

  /** Asks all of a source that is at hand. */
  public void run(ReconcileAnswers answers, List<CursorEntry> theirs) {
    plan(theirs).forEach(inquiry -> inquiry.askAll(answers));
  }

  /** Where the other node's logs ended, as it said. */
  public SortedMap<Origin, CursorEntry> theirs() {
    return Collections.unmodifiableSortedMap(others);
  }

  /** The first record in which each log differs, in order of origins. */
  public List<LogDifference> logDifferences() {
    return logs.values().stream().map(LogInquiry::difference).flatMap(Optional::stream).toList();
  }

  /** Records of the other node's log behind the first that differs; at most 32. */
  public List<LogRecord> theirsBehind(Origin origin) {
    RecordsInquiry asked = behind.get(origin);
    return asked == null ? List.of() : List.copyOf(asked.records());
  }

  /** The cut that both share, under which the states were compared. */
  public Cut shared() {
    return shared;
  }

  /** True if the other side's state under {@link #shared} was seen to have another root. */
  public boolean stateRootsDiffer() {
    StateInquiry asked = state;
    return asked != null && asked.rootsDiffer();
  }

  /** The first keys in which the live states differ. */
  public List<StateDifference> stateDifferences() {
    StateInquiry asked = state;
    return asked == null ? List.of() : asked.differences();
  }
}
