package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.Divergences.Fork;
import dev.cairn.federation.audit.Divergences.Held;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpt.Log;
import dev.cairn.federation.bundle.Excerpt.Side;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.Cost;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Audits an {@link Excerpt}: that each record is one, stands where it says under the root that its
 * node signed, and has the payload that it states; that the receipt in question is what running it
 * again gives; and, of two sources, in which record they part. What that finds has the kinds,
 * subjects and places that an audit of the whole sources has. For one use; one owner.
 */
public final class ExcerptAudit {
  /** The checks that are made: for all others an excerpt has too little. */
  private static final Set<AuditCheck> CHECKS =
      EnumSet.of(
          AuditCheck.OPENING,
          AuditCheck.RECORDS,
          AuditCheck.PAYLOADS,
          AuditCheck.LOG_ROOTS,
          AuditCheck.CHECKPOINTS,
          AuditCheck.COMPARISON);

  /** What stands in the place of a finding's kind if the excerpt shows an explanation. */
  static final String EXPLANATION = "explanation";

  private static final String NOT_SIGNED = "; not signed: nothing shows that its node wrote it";

  private static final Pattern SUBJECT = Pattern.compile("(.{1,200}): ([^ ]+) \\| ([^ ]+)");

  private final Excerpt excerpt;
  private final @Nullable ReceiptCheck runner;
  private final Set<AuditCheck> asked = EnumSet.copyOf(CHECKS);
  private final Findings findings = new Findings();
  private final DifferenceTeller told = new DifferenceTeller();
  private final List<Checked> sides = new ArrayList<>();
  private @Nullable AuditReport report;

  /** A source whose records were looked at. */
  private record Checked(String name, Map<Origin, CheckedLog> logs) implements CauseRecords {
    @Override
    public List<HistoryEntry> of(ArtifactKey key) {
      return logs.entrySet().stream()
          .flatMap(
              log ->
                  log.getValue().records.values().stream()
                      .map(Proven::record)
                      .filter(record -> record.id().equals(key))
                      .map(record -> new HistoryEntry(log.getKey(), record)))
          .sorted(Comparator.comparingLong(entry -> entry.record().logseq()))
          .toList();
    }

    /** How many records it holds that it does not show, nobody knows. */
    @Override
    public OptionalLong size(Origin origin) {
      return OptionalLong.empty();
    }
  }

  /**
   * A log whose records were looked at.
   *
   * @param note the checkpoint, if it verifies
   * @param size how many records are under the root
   * @param root that the proofs lead to
   * @param records those that verify, by index: nothing else counts
   */
  private record CheckedLog(
      @Nullable Bytes note, long size, Bytes root, TreeMap<Long, Proven> records) {
    List<Bytes> before(long index) {
      return Objects.requireNonNull(records.get(index)).before;
    }

    Optional<LogRecord> record(long index) {
      return Optional.ofNullable(records.get(index)).map(Proven::record);
    }
  }

  /**
   * A record that stands under the root of its log.
   *
   * @param payload as it is shown, right or not
   * @param before what stands before it: the hashes of the subtrees up to it
   */
  private record Proven(LogRecord record, @Nullable Bytes payload, List<Bytes> before) {}

  /**
   * An audit.
   *
   * @param runner runs receipts again, if the finding is about one, each once for a source, in a
   *     store in memory: {@link Reexecution#narrow} for an excerpt that is not believed; null
   *     leaves them alone
   */
  public ExcerptAudit(Excerpt excerpt, @Nullable ReceiptCheck runner) {
    this.excerpt = excerpt;
    this.runner = excerpt.kind().equals(Kind.RECEIPT.text()) ? runner : null;
    if (this.runner != null) {
      asked.add(AuditCheck.RECEIPTS);
    }
    if (isContradiction()) {
      asked.add(AuditCheck.RECEIPT_CLAIMS);
    }
  }

  /** What is found. */
  public AuditReport report() {
    AuditReport made = report;
    if (made == null) {
      made = audited();
      report = made;
    }
    return made;
  }

  private AuditReport audited() {
    List<Source> sources = new ArrayList<>();
    List<CheckLedger> ledgers = new ArrayList<>();
    for (Side side : excerpt.sides()) {
      CheckLedger ledger = new CheckLedger(side.name(), asked, findings);
      ledgers.add(ledger);
      ledger.looked(AuditCheck.OPENING, Thing.SOURCES, 1);
      Checked checked = new Checked(side.name(), new TreeMap<>());
      side.logs().forEach(log -> checked.logs.put(log.origin(), log(log, ledger)));
      receipts(checked, ledger);
      sides.add(checked);
      long records = checked.logs.values().stream().mapToLong(log -> log.records.size()).sum();
      sources.add(new Source(side.name(), null, List.of(), records));
    }
    claims(ledgers);
    List<CheckResult> checks = new ArrayList<>();
    ledgers.forEach(
        ledger ->
            checks.addAll(ledger.results(EnumSet.complementOf(EnumSet.of(AuditCheck.COMPARISON)))));
    if (sides.size() == 2) {
      CheckLedger ledger =
          new CheckLedger(sides.get(0).name() + " and " + sides.get(1).name(), asked, findings);
      ledger.looked(AuditCheck.COMPARISON, Thing.PAIRS, 1);
      sides.get(0).logs().keySet().stream()
          .filter(sides.get(1).logs()::containsKey)
          .forEach(origin -> compare(origin, ledger));
      checks.addAll(ledger.results(EnumSet.of(AuditCheck.COMPARISON)));
    }
    return new AuditReport(sources, told.firstDivergence(), List.of(), findings.list(), checks);
  }

  /** What stands in the place of a finding's subject. */
  static String subject(CauseTree.Step asked) {
    return asked.place() + ": " + asked.leftKey() + " | " + asked.rightKey();
  }

  /** What is to be explained: what the first source has in a place, and what the last one has. */
  private record Question(
      String place, Checked ofLeft, String left, Checked ofRight, String right) {}

  /** What the excerpt shows two answers to; empty if it shows something else. */
  private Optional<Question> question() {
    AuditReport seen = report();
    Matcher subject = SUBJECT.matcher(excerpt.subject());
    if (excerpt.kind().equals(EXPLANATION) && subject.matches()) {
      return Optional.of(
          new Question(
              subject.group(1),
              sides.get(0),
              subject.group(2),
              sides.get(sides.size() - 1),
              subject.group(3)));
    }
    return seen.findings().stream()
        .filter(finding -> finding.kind() == Kind.CONTRADICTION)
        .findFirst()
        .flatMap(finding -> contradiction(finding.places()));
  }

  private Optional<Question> contradiction(List<Place> places) {
    Place one = places.get(0);
    return places.stream()
        .filter(place -> !said(place).equals(said(one)))
        .findFirst()
        .map(
            other ->
                new Question(
                    "run",
                    side(one.source()),
                    String.valueOf(one.canonicalId()),
                    side(other.source()),
                    String.valueOf(other.canonicalId())));
  }

  /** What is written in the receipt at a place, under whatever key. */
  private Optional<PayloadDigest> said(Place place) {
    return side(place.source()).of(Objects.requireNonNull(place.canonicalId())).stream()
        .map(entry -> entry.record().payloadDigest())
        .findFirst();
  }

  private Checked side(String name) {
    return sides.stream().filter(side -> side.name.equals(name)).findFirst().orElseThrow();
  }

  /** Why there are two answers, if the excerpt shows that; else none. */
  public CauseTrees explanations() {
    return question().map(this::explained).orElse(CauseTrees.NONE);
  }

  private CauseTrees explained(Question asked) {
    try (Store left = filled(asked.ofLeft);
        Store right = filled(asked.ofRight)) {
      CauseTree tree =
          new CauseFinder(
                  new CauseSides(
                      new CauseSide(asked.ofLeft.name, left, asked.ofLeft),
                      new CauseSide(asked.ofRight.name, right, asked.ofRight)))
              .of(asked.place, ArtifactKey.parse(asked.left), ArtifactKey.parse(asked.right));
      return tree.steps().isEmpty()
          ? new CauseTrees(
              List.of(), 0, "there is nothing to explain: both are said to be the same")
          : new CauseTrees(List.of(tree), 0, "");
    } catch (CairnException e) {
      return new CauseTrees(List.of(), 0, "it cannot be explained: " + e.getMessage());
    }
  }

  private CheckedLog log(Log log, CheckLedger ledger) {
    Bytes note = signed(log, ledger) ? log.note() : null;
    CheckedLog checked = new CheckedLog(note, log.size(), log.root(), new TreeMap<>());
    for (Excerpt.Held held : log.records()) {
      try {
        record(log, held, checked, ledger);
      } catch (CairnException e) {
        ledger.failed(
            AuditCheck.RECORDS,
            Kind.BUNDLE,
            ledger.source(),
            "an excerpt does not verify",
            Place.in(ledger.source(), log.origin(), "a record of " + log.origin()),
            e);
      }
    }
    return checked;
  }

  private boolean signed(Log log, CheckLedger ledger) {
    ledger.looked(AuditCheck.LOG_ROOTS, Thing.LOGS, 1);
    Bytes note = log.note();
    if (note == null) {
      ledger.cutShort(
          AuditCheck.CHECKPOINTS,
          "nothing shows that the node of " + log.origin() + " signed its records");
      return false;
    }
    ledger.looked(AuditCheck.CHECKPOINTS, Thing.CHECKPOINTS, 1);
    try {
      Checkpoint checkpoint =
          Checkpoint.verify(note, log.origin(), excerpt.federation(), log.key());
      if (checkpoint.treeSize() != log.size() || !checkpoint.root().equals(log.root())) {
        throw new MalformedException("it signs another root than the records are shown under");
      }
      return true;
    } catch (MalformedException e) {
      ledger.failed(
          AuditCheck.CHECKPOINTS,
          Kind.CHECKPOINT,
          log.origin().toString(),
          "a checkpoint does not verify",
          Place.in(ledger.source(), log.origin(), "checkpoint of " + log.size() + " records"),
          e);
      return false;
    }
  }

  private void record(Log log, Excerpt.Held held, CheckedLog checked, CheckLedger ledger) {
    ledger.looked(AuditCheck.RECORDS, Thing.RECORDS, 1);
    LogRecord record = LogRecord.decode(held.record());
    long index = record.index();
    if (!checked.records.isEmpty() && checked.records.lastKey() >= index) {
      throw new MalformedException("record " + index + " out of order");
    }
    MerkleProofs.verifyInclusion(
        index, log.size(), TreeHasher.leaf(held.record()), held.proof(), log.root());
    Bytes payload = held.payload();
    checked.records.put(
        index, new Proven(record, payload, before(index, log.size(), held.proof())));
    if (payload != null) {
      ledger.looked(AuditCheck.PAYLOADS, Thing.PAYLOADS, 1);
      ledger.looked(AuditCheck.PAYLOADS, Thing.BYTES, payload.length());
      try {
        LogVerifier.payload(record, payload);
      } catch (CairnException e) {
        ledger.failed(
            AuditCheck.PAYLOADS,
            Kind.PAYLOAD,
            record.payloadDigest().toString(),
            "the payload of " + record.id() + " does not verify",
            Place.of(ledger.source(), log.origin(), index, record),
            e);
      }
    }
  }

  /**
   * Those hashes of an inclusion proof that are over what stands before the record: the same of any
   * tree that begins with the same records.
   */
  private static List<Bytes> before(long index, long size, List<Bytes> proof) {
    List<Bytes> before = new ArrayList<>();
    long node = index;
    long last = size - 1;
    for (Bytes hash : proof) {
      if ((node & 1) == 1 || node == last) {
        before.add(hash);
        while ((node & 1) == 0 && node != 0) {
          node >>>= 1;
          last >>>= 1;
        }
      }
      node >>>= 1;
      last >>>= 1;
    }
    return before;
  }

  // ---- receipts ----

  private boolean isContradiction() {
    return excerpt.kind().equals(Kind.CONTRADICTION.text());
  }

  /** Lays the receipts of all sources that are of the run in question beside each other. */
  private void claims(List<CheckLedger> ledgers) {
    if (!isContradiction()) {
      return;
    }
    ClaimedRun run = new ClaimedRun(excerpt.subject());
    for (int i = 0; i < sides.size(); i++) {
      Checked side = sides.get(i);
      CheckLedger ledger = ledgers.get(i);
      side.logs.forEach(
          (origin, log) ->
              log.records
                  .values()
                  .forEach(
                      held -> claim(held, place(side, origin, log, held.record), run, ledger)));
    }
    run.tell(none -> Optional.empty());
  }

  private static void claim(Proven held, Place place, ClaimedRun run, CheckLedger ledger) {
    Bytes payload = held.payload;
    if (held.record.kind() != RecordKind.PER || !held.record.isPut() || payload == null) {
      return;
    }
    ledger.looked(AuditCheck.RECEIPT_CLAIMS, Thing.RECEIPTS, 1);
    try {
      LogVerifier.payload(held.record, payload);
      run.add(Receipt.decode(payload), place, ledger);
    } catch (CairnException e) {
      ledger.cutShort(AuditCheck.RECEIPT_CLAIMS, place.where() + " is none: " + e.getMessage());
    }
  }

  /** Runs them again in a store of what there is of the source. */
  private void receipts(Checked side, CheckLedger ledger) {
    ReceiptCheck check = runner;
    if (check == null) {
      return;
    }
    List<Place> places = new ArrayList<>();
    side.logs.forEach((origin, log) -> places.addAll(claims(side, origin, log)));
    if (places.isEmpty()) {
      return;
    }
    try (Store scratch = filled(side)) {
      receipt(places, scratch, check, ledger);
    } catch (CairnException e) {
      ledger.cutShort(AuditCheck.RECEIPTS, String.valueOf(e.getMessage()));
    }
  }

  /** Where a log puts the receipt that is the subject. */
  private List<Place> claims(Checked side, Origin origin, CheckedLog log) {
    return log.records.values().stream()
        .map(Proven::record)
        .filter(
            record ->
                record.kind() == RecordKind.PER && record.id().toString().equals(excerpt.subject()))
        .map(record -> place(side, origin, log, record))
        .toList();
  }

  /** The place of a receipt; what is seen there ends with it if nobody signed the log. */
  private static Place place(Checked side, Origin origin, CheckedLog log, LogRecord record) {
    return new Place(
        side.name,
        origin,
        record.logseq(),
        record.id(),
        "receipt " + record.id(),
        log.note == null ? NOT_SIGNED : "");
  }

  /** A store of what there is of a source. */
  private Store filled(Checked side) {
    Store scratch = scratch();
    try {
      side.logs.values().forEach(log -> log.records.values().forEach(held -> put(held, scratch)));
      return scratch;
    } catch (RuntimeException | Error e) {
      scratch.close();
      throw e;
    }
  }

  private Store scratch() {
    SigningKey nobody = SigningKey.fromSeed(Bytes.wrap(new byte[HashAlgorithm.DIGEST_BYTES]));
    StoreConfig config =
        new StoreConfig(
            excerpt.federation(),
            nobody,
            1,
            List.of(new GraphIndex(), new ReceiptIndex()),
            List.of(),
            () -> 1);
    return Store.open(
        new MemoryEngine(StoreConfig.tables(config.indexes(), config.localTables())), config);
  }

  private static void put(Proven held, Store scratch) {
    LogRecord record = held.record;
    Bytes payload = held.payload;
    if (payload != null && record.isPut()) {
      LogVerifier.payload(record, payload);
      scratch.commit(new CommitDraft().put(scratch.prepare(record.tag(), payload)));
    }
  }

  /** Runs it once, wherever and however often it is recorded. */
  private void receipt(List<Place> places, Store scratch, ReceiptCheck check, CheckLedger ledger) {
    ArtifactKey key = Objects.requireNonNull(places.get(0).canonicalId());
    if (!scratch.now().isLive(key)) {
      return;
    }
    ledger.looked(AuditCheck.RECEIPTS, Thing.RECEIPTS, 1);
    ReceiptCheck.Checked checked = check.check(scratch, key, Cost.UNBOUNDED);
    String differs = checked.differs();
    String unknown = checked.unknown();
    if (unknown != null) {
      ledger.add(
          AuditCheck.RECEIPTS,
          Kind.UNDECIDED,
          key.toString(),
          "a receipt cannot be run again here",
          places.get(0).with(unknown));
    } else if (differs != null) {
      places.forEach(
          place ->
              ledger.add(
                  AuditCheck.RECEIPTS,
                  Kind.RECEIPT,
                  key.toString(),
                  "a receipt is not what running its program again gives",
                  place.with(differs + place.detail())));
    }
  }

  // ---- two sources ----

  private void compare(Origin origin, CheckLedger ledger) {
    CheckedLog left = Objects.requireNonNull(sides.get(0).logs().get(origin));
    CheckedLog right = Objects.requireNonNull(sides.get(1).logs().get(origin));
    ledger.looked(AuditCheck.COMPARISON, Thing.LOGS, 1);
    Optional<Long> parts =
        left.records.keySet().stream()
            .filter(right.records::containsKey)
            .filter(
                index ->
                    !left.record(index).equals(right.record(index))
                        || !left.before(index).equals(right.before(index)))
            .findFirst();
    if (parts.isPresent() && left.before(parts.get()).equals(right.before(parts.get()))) {
      parted(origin, parts.get(), left, right, ledger);
    } else if (parts.isPresent()) {
      otherwise(
          origin,
          "what stands before record " + parts.get() + " is not the same",
          left,
          right,
          ledger);
    } else if (left.size == right.size && !left.root.equals(right.root) && isSigned(left, right)) {
      otherwise(
          origin, "the roots of " + left.size + " records are not the same", left, right, ledger);
    }
  }

  private static boolean isSigned(CheckedLog left, CheckedLog right) {
    return left.note != null && right.note != null;
  }

  /** That logs differ, and not in which record: two stories, if both are signed. */
  private void otherwise(
      Origin origin, String how, CheckedLog left, CheckedLog right, CheckLedger ledger) {
    Bytes leftNote = left.note;
    Bytes rightNote = right.note;
    if (leftNote != null && rightNote != null) {
      Comparison.forked(
          ledger,
          ledger.source(),
          origin,
          how + ", and both logs are signed:\n" + leftNote.toUtf8() + "\n" + rightNote.toUtf8());
      return;
    }
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.BUNDLE,
        ledger.source(),
        "an excerpt does not verify",
        Place.in(ledger.source(), origin, "log " + origin).with(how));
  }

  private void parted(
      Origin origin, long index, CheckedLog left, CheckedLog right, CheckLedger ledger) {
    Bytes leftNote = left.note;
    Bytes rightNote = right.note;
    boolean forked = leftNote != null && rightNote != null;
    boolean leftIsRight = leftNote != null || rightNote == null;
    Held ofLeft = new Held(left.record(index), true);
    Held ofRight = new Held(right.record(index), true);
    CheckedLog reference = leftIsRight ? left : right;
    CheckedLog other = leftIsRight ? right : left;
    DifferenceClass difference =
        forked
            ? DifferenceClass.FORKED
            : LogComparison.difference(
                leftIsRight ? ofLeft : ofRight,
                leftIsRight ? ofRight : ofLeft,
                follows(other, index),
                follows(reference, index));
    told.parted(
        ledger,
        ledger.source(),
        origin,
        index,
        ofLeft,
        ofRight,
        difference,
        forked ? "" : sides.get(leftIsRight ? 1 : 0).name());
    if (leftNote != null && rightNote != null) {
      Comparison.forked(
          ledger, ledger.source(), origin, Fork.of(index, leftNote, rightNote).text());
    }
  }

  private static Predicate<LogRecord> follows(CheckedLog log, long index) {
    return wanted ->
        log.records.tailMap(index, false).values().stream()
            .anyMatch(held -> LogComparison.sameContent(held.record, wanted));
  }
}
