package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpt.Held;
import dev.cairn.federation.bundle.Excerpt.Log;
import dev.cairn.federation.bundle.Excerpt.Side;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.RunEdge;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link Excerpt} that a finding can be seen in alone. What it makes has been audited:
 * the finding is there, and without any of its records it is not, as far as {@value #TRIALS_MAX} of
 * them were tried. One owner.
 */
public final class ExcerptMaker {
  /** Most records that are left out on trial; the first ones. */
  public static final int TRIALS_MAX = 64;

  private static final String NOT_THERE =
      "that something is not there cannot be shown by what is there: keep a copy of the source"
          + " ('cairn clone')";

  private static final String KEEP_FILES = "keep a copy of the source's files as they are";

  private final List<Disagreements.Pair> pairs;
  private final List<Disagreements.Opened> sources;
  private final @Nullable ReceiptCheck runner;
  private final AuditReport found;
  private final Severity worstOfAll;

  /** Which records of which logs are wanted, and whether with their payloads. */
  private static final class Wanted {
    private final TreeMap<Origin, TreeMap<Long, Boolean>> records = new TreeMap<>();

    void add(Origin origin, long index, boolean payload) {
      records
          .computeIfAbsent(origin, none -> new TreeMap<>())
          .merge(index, payload, Boolean::logicalOr);
    }
  }

  /**
   * A maker for what an audit found.
   *
   * @param audited the sources as they were audited, and still open
   * @param runner runs receipts again; null if the audit did not
   */
  public ExcerptMaker(
      List<AuditSource> audited, AuditReport report, @Nullable ReceiptCheck runner) {
    this.sources = Disagreements.readable(audited, report);
    List<Disagreements.Pair> all = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      for (Disagreements.Opened right : sources.subList(i + 1, sources.size())) {
        all.add(Disagreements.Pair.of(sources.get(i), right));
      }
    }
    this.pairs = List.copyOf(all);
    this.runner = runner;
    this.found = report;
    this.worstOfAll = report.worst().orElse(Severity.NOTE);
  }

  /**
   * The finding that an excerpt shows if none is asked for: the first of the worst; empty if there
   * is none.
   */
  public static Optional<AuditFinding> worst(AuditReport report) {
    return report.findings().stream()
        .filter(finding -> Optional.of(finding.severity()).equals(report.worst()))
        .findFirst();
  }

  /**
   * The findings of a report whose ids begin so, in its order.
   *
   * @param prefix lower-case hex digits
   */
  public static List<AuditFinding> named(AuditReport report, String prefix) {
    return report.findings().stream()
        .filter(finding -> finding.id().toString().startsWith(prefix))
        .toList();
  }

  /**
   * The least that shows a finding as it was found at its first place.
   *
   * @throws RefusedException if no excerpt can show it, with the reason
   */
  public Excerpt of(AuditFinding finding) {
    Place place = finding.places().get(0);
    Excerpt whole;
    try {
      whole = gathered(finding, place);
    } catch (RefusedException e) {
      throw e;
    } catch (CairnException e) {
      throw unreadable(e);
    }
    if (!shows(whole, finding, place)) {
      throw new RefusedException(
          "what its records say is not enough to see it, it rests on other rows of the store too:"
              + " keep a copy of the source ('cairn clone')");
    }
    Excerpt least = whole;
    for (int i = Math.min(TRIALS_MAX, whole.records()) - 1; i >= 0; i--) {
      Excerpt fewer = least.without(i);
      least = shows(fewer, finding, place) ? fewer : least;
    }
    return least;
  }

  /**
   * The least in which an explanation is the same: the receipts and edges that it follows.
   *
   * @throws RefusedException if it rests on what is not there, or on more than is told of it
   */
  public Excerpt of(CauseTree tree) {
    CauseTree.Step asked = tree.steps().get(0);
    if (asked.leftKey() == null || asked.rightKey() == null) {
      throw new RefusedException(NOT_THERE);
    }
    Excerpt whole;
    try {
      whole =
          new Excerpt(
              store(tree.left()).federation(),
              ExcerptAudit.EXPLANATION,
              ExcerptAudit.subject(asked),
              making(tree));
    } catch (RefusedException e) {
      throw e;
    } catch (CairnException e) {
      throw unreadable(e);
    }
    if (!shows(whole, tree)) {
      throw new RefusedException("it rests on more than the receipts and edges that it names");
    }
    Excerpt least = whole;
    for (int i = Math.min(TRIALS_MAX, whole.records()) - 1; i >= 0; i--) {
      Excerpt fewer = least.without(i);
      least = shows(fewer, tree) ? fewer : least;
    }
    return least;
  }

  private static RefusedException unreadable(CairnException e) {
    return new RefusedException(
        "what shows it cannot be read, " + e.getMessage() + ": " + KEEP_FILES, e);
  }

  private static boolean shows(Excerpt excerpt, CauseTree tree) {
    List<CauseTree> seen = new ExcerptAudit(excerpt, null).explanations().trees();
    return seen.size() == 1 && outline(seen.get(0)).equals(outline(tree));
  }

  /** What an explanation says, but for where records stand. */
  private static List<CauseTree.Step> outline(CauseTree tree) {
    return tree.steps().stream()
        .map(
            step ->
                new CauseTree.Step(
                    step.number(),
                    step.explains(),
                    step.depth(),
                    step.place(),
                    step.leftKey(),
                    step.rightKey(),
                    step.leftMade(),
                    step.rightMade(),
                    step.why(),
                    ""))
        .toList();
  }

  /** The receipts and edges by which the sources say how things were made. */
  private List<Side> making(CauseTree tree) {
    TreeMap<String, Wanted> wanted = new TreeMap<>();
    for (CauseTree.Step step : tree.steps()) {
      making(tree.left(), step.leftMade(), wanted);
      making(tree.right(), step.rightMade(), wanted);
    }
    return sides(List.of(tree.left(), tree.right()), wanted);
  }

  private void making(
      String source, CauseTree.@Nullable Made by, Map<String, Wanted> wantedOfSources) {
    Store store = store(source);
    LiveEntry entry = by == null ? null : store.now().known(by.key()).orElse(null);
    if (entry == null) {
      return;
    }
    Wanted wanted = wantedOfSources.computeIfAbsent(source, none -> new Wanted());
    wanted.add(entry.origin(), entry.index(), true);
    if (entry.kind() == RecordKind.PER) {
      Receipt receipt = new Receipts(store, store.now()).read(entry);
      ArtifactKey edge = ArtifactKey.of(RunEdge.of(entry.key(), receipt).encode(), TypeTag.EDGE);
      store.now().known(edge).ifPresent(found -> wanted.add(found.origin(), found.index(), true));
    }
  }

  /** What is wanted of sources, each of which is told once. */
  private List<Side> sides(List<String> names, Map<String, Wanted> wanted) {
    return names.stream()
        .distinct()
        .map(name -> side(name, store(name), wanted.getOrDefault(name, new Wanted())))
        .toList();
  }

  /** It is found there, and nothing worse than it that was not found in the sources too. */
  private boolean shows(Excerpt excerpt, AuditFinding finding, Place place) {
    AuditReport seen = new ExcerptAudit(excerpt, runner).report();
    return seen.worst().filter(worst -> worst.compareTo(worstOfAll) <= 0).isPresent()
        && seen.findings().stream()
            .filter(other -> other.severity().compareTo(finding.severity()) > 0)
            .allMatch(this::isFound)
        && seen.findings().stream()
            .filter(other -> other.id().equals(finding.id()))
            .flatMap(other -> other.places().stream())
            .anyMatch(other -> isSame(place, other));
  }

  private boolean isFound(AuditFinding finding) {
    return found.findings().stream().anyMatch(other -> other.id().equals(finding.id()));
  }

  private static boolean isSame(Place one, Place other) {
    return Objects.equals(one.origin(), other.origin())
        && Objects.equals(one.logseq(), other.logseq())
        && Objects.equals(one.canonicalId(), other.canonicalId())
        && one.source().equals(other.source())
        && one.where().equals(other.where())
        && one.difference() == other.difference()
        && one.differs().equals(other.differs());
  }

  private Excerpt gathered(AuditFinding finding, Place place) {
    return switch (finding.kind()) {
      case FORK, DIVERGENCE -> parted(finding, place);
      case PAYLOAD -> payload(finding, place);
      case RECEIPT -> receipt(finding, place);
      case CONTRADICTION -> contradiction(finding, place);
      case TWO_STATES, EVIDENCE ->
          throw new RefusedException("the file of evidence shows it alone: pass that on");
      case BUNDLE -> throw new RefusedException("the bundle shows it alone: pass that on");
      case MISSING, PAYLOAD_MISSING, REFERENCE, LAG, UNDECIDED, MORE ->
          throw new RefusedException(NOT_THERE);
      case UNREADABLE ->
          throw new RefusedException("what cannot be read cannot be shown: " + KEEP_FILES);
      case RECORD,
          ALTERED,
          EXTRA,
          ORDER,
          LOG_ROOT,
          CHECKPOINT,
          COSIGNATURE,
          EPOCH,
          UNSIGNED,
          REVOKED,
          LIVENESS,
          STATE,
          SNAPSHOT,
          ERASURE ->
          throw new RefusedException(
              "it lies in how the store's rows fit each other, which no records show: keep a copy"
                  + " of the source ('cairn clone')");
    };
  }

  private Store store(String name) {
    return sources.stream()
        .filter(source -> source.name().equals(name))
        .findFirst()
        .map(Disagreements.Opened::store)
        .orElseThrow(
            () -> new RefusedException(name + " is no source with records: pass it on as it is"));
  }

  // ---- what two sources hold ----

  private Excerpt parted(AuditFinding finding, Place place) {
    Disagreements.Pair pair =
        pairs.stream()
            .filter(each -> (each.leftName() + " and " + each.rightName()).equals(place.source()))
            .findFirst()
            .orElseThrow(
                () ->
                    new RefusedException(
                        "it is evidence that a source keeps: that file shows it alone"));
    Origin origin = place.origin();
    Store left = pair.leftStore();
    Store right = pair.rightStore();
    OptionalLong parts =
        origin == null ? OptionalLong.empty() : new Divergences(left, right).parts(origin);
    if (origin == null || parts.isEmpty()) {
      throw new RefusedException(
          "the records that both sources hold do not show it, but what is missing in one of them or"
              + " derived from them: keep copies of both ('cairn clone')");
    }
    long index = parts.getAsLong();
    Wanted ofLeft = new Wanted();
    Wanted ofRight = new Wanted();
    ofLeft.add(origin, index, false);
    ofRight.add(origin, index, false);
    follows(left, right, origin, index).ifPresent(at -> ofLeft.add(origin, at, false));
    follows(right, left, origin, index).ifPresent(at -> ofRight.add(origin, at, false));
    return new Excerpt(
        left.federation(),
        finding.kind().text(),
        finding.subject(),
        List.of(side(pair.leftName(), left, ofLeft), side(pair.rightName(), right, ofRight)));
  }

  /** Where a store has, a little behind a place, what another one has there. */
  private static OptionalLong follows(Store store, Store other, Origin origin, long index) {
    LogRecord wanted = other.record(origin, index).orElse(null);
    long size = store.head(origin).map(LogHead::treeSize).orElse(0L);
    for (long at = index + 1; at < Math.min(size, index + 1 + LogComparison.WINDOW); at++) {
      LogRecord record = Divergences.held(store, origin, at).record().orElse(null);
      if (wanted != null && record != null && LogComparison.sameContent(record, wanted)) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  /** The receipt at a place, and the first one that contradicts it. */
  private Excerpt contradiction(AuditFinding finding, Place place) {
    PayloadDigest said = recorded(place).payloadDigest();
    Place other =
        finding.places().stream()
            .filter(each -> !recorded(each).payloadDigest().equals(said))
            .findFirst()
            .orElseThrow(
                () ->
                    new RefusedException(
                        "what contradicts it is not told: "
                            + "look at it with 'cairn receipt divergences'"));
    TreeMap<String, Wanted> wanted = new TreeMap<>();
    for (Place each : List.of(place, other)) {
      Store store = store(each.source());
      Origin origin = Objects.requireNonNull(each.origin());
      wanted
          .computeIfAbsent(each.source(), none -> new Wanted())
          .add(origin, index(store, origin, each), true);
    }
    return new Excerpt(
        store(place.source()).federation(),
        finding.kind().text(),
        finding.subject(),
        sides(List.of(place.source(), other.source()), wanted));
  }

  private LogRecord recorded(Place place) {
    Store store = store(place.source());
    Origin origin = Objects.requireNonNull(place.origin());
    return store.record(origin, index(store, origin, place)).orElseThrow();
  }

  // ---- what one source holds ----

  private Excerpt payload(AuditFinding finding, Place place) {
    Store store = store(place.source());
    Origin origin = Objects.requireNonNull(place.origin());
    Wanted wanted = new Wanted();
    wanted.add(origin, index(store, origin, place), true);
    return alone(finding, place, store, wanted);
  }

  private static long index(Store store, Origin origin, Place place) {
    long logseq = Objects.requireNonNull(place.logseq());
    long end = store.firstIndexAfter(origin, logseq);
    for (long at = store.firstIndexAfter(origin, logseq - 1); at < end; at++) {
      LogRecord record = store.record(origin, at).orElse(null);
      if (record != null && record.id().equals(place.canonicalId())) {
        return at;
      }
    }
    throw new RefusedException("its record is not found in the log any more");
  }

  private Excerpt alone(AuditFinding finding, Place place, Store store, Wanted wanted) {
    return new Excerpt(
        store.federation(),
        finding.kind().text(),
        finding.subject(),
        List.of(side(place.source(), store, wanted)));
  }

  /** A receipt, its program and inputs, and what lists among these name. */
  private Excerpt receipt(AuditFinding finding, Place place) {
    Store store = store(place.source());
    ArtifactKey key = Objects.requireNonNull(place.canonicalId());
    Receipt receipt = new Receipts(store, store.now()).read(key);
    ArrayDeque<ArtifactKey> open = new ArrayDeque<>(List.of(key, receipt.program()));
    open.addAll(receipt.inputs().values());
    Set<ArtifactKey> taken = new TreeSet<>();
    Wanted wanted = new Wanted();
    for (ArtifactKey next = open.poll(); next != null; next = open.poll()) {
      LiveEntry entry = store.now().known(next).map(store::held).orElse(null);
      if (entry == null || !taken.add(next)) {
        continue;
      }
      if (taken.size() > Excerpt.RECORDS_MAX) {
        throw new RefusedException(
            "the run takes more than " + Excerpt.RECORDS_MAX + " artifacts: pass a bundle on");
      }
      wanted.add(entry.origin(), entry.index(), true);
      if (ArtifactList.TYPE.equals(entry.artifact().tag())) {
        ArtifactList.decode(store.payload(entry, Excerpt.BYTES_MAX)).items().stream()
            .limit(Excerpt.RECORDS_MAX + 1)
            .forEach(item -> open.add(item.key()));
      }
    }
    return alone(finding, place, store, wanted);
  }

  // ---- records with their proofs ----

  private static Side side(String name, Store store, Wanted wanted) {
    List<Log> logs = new ArrayList<>();
    wanted.records.forEach((origin, records) -> logs.add(log(store, origin, records)));
    return new Side(name, logs);
  }

  /** Under the first checkpoint that covers all of them and holds, else as far as the log goes. */
  static Log log(Store store, Origin origin, SortedMap<Long, Boolean> wanted) {
    LogHead head = store.head(origin).orElseThrow();
    Bytes note = Divergences.signed(store, origin, wanted.lastKey()).orElse(null);
    long size = head.treeSize();
    if (note != null) {
      Checkpoint signed = Checkpoint.verify(note, origin, store.federation(), head.key());
      size = signed.treeSize();
    }
    List<Held> records = new ArrayList<>();
    Set<Bytes> roots = new TreeSet<>();
    for (Map.Entry<Long, Boolean> each : wanted.entrySet()) {
      long index = each.getKey();
      Held held = held(store, origin, index, size, each.getValue());
      roots.add(
          MerkleProofs.rootFromInclusion(
              index, size, TreeHasher.leaf(held.record()), held.proof()));
      records.add(held);
    }
    Bytes root = roots.iterator().next();
    if (roots.size() > 1) {
      throw new RefusedException("the records of " + origin + " are not those of one tree");
    }
    boolean holds = note != null && root.equals(store.logRoot(origin, size));
    return new Log(origin, head.key(), size, root, holds ? note : null, records);
  }

  private static Held held(Store store, Origin origin, long index, long size, boolean payload) {
    try (ContentCursor cursor = store.contents(origin, index, index + 1)) {
      if (!cursor.next()) {
        throw new RefusedException("record " + index + " of " + origin + " cannot be read");
      }
      LogRecord record = cursor.record();
      if (payload && record.payloadLength() > Store.INLINE_BYTES_MAX) {
        return new Held(
            record.encode(),
            store.inclusionProof(origin, index, size),
            store.payload(record.payloadDigest(), Excerpt.BYTES_MAX));
      }
      return new Held(
          record.encode(),
          store.inclusionProof(origin, index, size),
          payload && cursor.hasPayload() ? cursor.unverifiedPayload(Store.INLINE_BYTES_MAX) : null);
    }
  }
}
