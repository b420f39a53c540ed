package dev.cairn.testkit.mutation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.NoteSignature;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.Receipt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Damages copies of a specimen, below the store. Each call leaves the specimen as it is. */
final class Mutator {
  private static final long FENCE = 1L << 40;

  private final Specimen specimen;
  private final Random random;

  Mutator(Specimen specimen, long seed) {
    this.specimen = specimen;
    this.random = new Random(seed);
  }

  Planted plant(Mutation mutation) {
    return switch (mutation) {
      case PAYLOAD_BIT -> payloadBit();
      case RECORD_FIELD -> recordField();
      case RECORD_CLOCK -> recordClock();
      case ORDER_SWAP -> swap(true);
      case ROW_SWAP -> swap(false);
      case DROPPED_RECORD -> dropped();
      case EXTRA_RECORD -> extra();
      case FORGED_CHECKPOINT -> forgedCheckpoint();
      case FORKED_ORIGIN -> forked();
      case STALE_SNAPSHOT -> staleSnapshot();
      case WRONG_STATE_ROOT -> wrongStateRoot();
      case FORGED_RECEIPT -> receipt(this::withOtherOutput);
      case WRONG_STEP_OUTPUT -> receipt(this::withOtherStep);
      case CUT_OFF_TAIL -> cutOff();
      case REPLAYED_OLD_EPOCH -> oldEpoch();
    };
  }

  private int any() {
    return specimen.plain.get(random.nextInt(specimen.plain.size()));
  }

  private Planted alone(StorageEngine engine, int index) {
    LogRecord record = specimen.records.get(index);
    return new Planted(
        List.of(engine), List.of("bob"), specimen.origin, index, record.logseq(), record.id());
  }

  private Bytes log() {
    return specimen.origin.bytes();
  }

  private static Bytes flip(Bytes bytes, int bit) {
    byte[] changed = bytes.toArray();
    changed[bit / 8] ^= (byte) (1 << bit % 8);
    return Bytes.wrap(changed);
  }

  private Planted payloadBit() {
    int index = any();
    MemoryEngine engine = specimen.replica.copy();
    Bytes place = log().plus(Bytes.u64(index));
    Bytes row = engine.get(Specimen.table("asl.content"), place);
    if (row == null) {
      throw new AssertionError("the payload of record " + index + " is elsewhere");
    }
    // The payload ends the row.
    long bits = specimen.records.get(index).payloadLength() * 8;
    int bit = row.length() * 8 - 1 - random.nextInt((int) bits);
    Specimen.write(engine, "asl.content", place, flip(row, bit));
    return alone(engine, index);
  }

  // ---- records

  private static void replace(MemoryEngine engine, Bytes log, SortedMap<Long, Bytes> records) {
    engine.replaceRecords(log, records);
  }

  private static LogRecord at(long index, LogRecord record) {
    return new LogRecord(
        index,
        record.logseq(),
        record.hlc(),
        record.kind(),
        record.id(),
        record.tag(),
        record.payloadLength(),
        record.payloadDigest());
  }

  private static LogRecord with(
      LogRecord r,
      long logseq,
      long hlc,
      ArtifactKey id,
      @Nullable TypeTag tag,
      long length,
      PayloadDigest digest) {
    return new LogRecord(r.index(), logseq, hlc, r.kind(), id, tag, length, digest);
  }

  private Planted recordField() {
    int index = any();
    LogRecord r = specimen.records.get(index);
    LogRecord changed =
        switch (random.nextInt(5)) {
          case 0 ->
              with(
                  r,
                  r.logseq() + 1 + random.nextInt(3),
                  r.hlc(),
                  r.id(),
                  r.tag(),
                  r.payloadLength(),
                  r.payloadDigest());
          case 1 ->
              with(
                  r, r.logseq(), r.hlc(), otherId(), r.tag(), r.payloadLength(), r.payloadDigest());
          case 2 ->
              with(
                  r,
                  r.logseq(),
                  r.hlc(),
                  r.id(),
                  new TypeTag("text/html"),
                  r.payloadLength(),
                  r.payloadDigest());
          case 3 ->
              with(
                  r,
                  r.logseq(),
                  r.hlc(),
                  r.id(),
                  r.tag(),
                  r.payloadLength() + 1,
                  r.payloadDigest());
          default ->
              with(
                  r,
                  r.logseq(),
                  r.hlc(),
                  r.id(),
                  r.tag(),
                  r.payloadLength(),
                  new PayloadDigest(flip(r.payloadDigest().digest(), random.nextInt(256))));
        };
    MemoryEngine engine = specimen.replica.copy();
    replace(engine, log(), new TreeMap<>(Map.of((long) index, changed.encode())));
    return alone(engine, index);
  }

  private ArtifactKey otherId() {
    return ArtifactKey.of(Bytes.u64(random.nextLong()), null);
  }

  /** Nothing but the signed roots knows a record's clock: another copy must say which it was. */
  private Planted recordClock() {
    int index = any();
    LogRecord r = specimen.records.get(index);
    long hlc = r.hlc() + (random.nextBoolean() ? 1 : -1) * (1L + random.nextInt(100_000));
    LogRecord changed =
        with(r, r.logseq(), hlc, r.id(), r.tag(), r.payloadLength(), r.payloadDigest());
    MemoryEngine engine = specimen.replica.copy();
    replace(engine, log(), new TreeMap<>(Map.of((long) index, changed.encode())));
    return beside(engine, "bob", index);
  }

  private Planted beside(StorageEngine engine, String name, int index) {
    LogRecord record = specimen.records.get(index);
    return new Planted(
        List.of(specimen.replica.copy(), engine),
        List.of("bob", name),
        specimen.origin,
        index,
        record.logseq(),
        record.id());
  }

  private Planted swap(boolean numberedAnew) {
    int index = any();
    while (!specimen.plain.contains(index + 1)) {
      index = any();
    }
    TreeMap<Long, Bytes> swapped = new TreeMap<>();
    LogRecord one = specimen.records.get(index);
    LogRecord other = specimen.records.get(index + 1);
    swapped.put((long) index, (numberedAnew ? at(index, other) : other).encode());
    swapped.put(index + 1L, (numberedAnew ? at(index + 1L, one) : one).encode());
    MemoryEngine engine = specimen.replica.copy();
    replace(engine, log(), swapped);
    return alone(engine, index);
  }

  private Planted dropped() {
    int index = any();
    MemoryEngine engine = specimen.replica.copy();
    int size = specimen.records.size();
    // A store does not open whose last, incomplete subtree cannot be computed.
    if (random.nextBoolean() && index < size / 256 * 256) {
      return alone(new TamperedEngine(engine, log(), index, size), index);
    }
    TreeMap<Long, Bytes> moved = new TreeMap<>();
    for (int i = index + 1; i < size; i++) {
      moved.put(i - 1L, at(i - 1L, specimen.records.get(i)).encode());
    }
    replace(engine, log(), moved);
    return alone(new TamperedEngine(engine, log(), -1, size - 1L), index);
  }

  private Planted extra() {
    MemoryEngine engine = specimen.replica.copy();
    int size = specimen.records.size();
    boolean behind = random.nextBoolean();
    int index = behind ? size : any();
    LogRecord before = specimen.records.get(index - 1);
    LogRecord forged =
        new LogRecord(
            index,
            before.logseq() + (behind ? 1 : 0),
            before.hlc() + (behind ? 1 : 0),
            RecordKind.ARTIFACT,
            otherId(),
            null,
            8,
            PayloadDigest.of(Bytes.u64(index)));
    TreeMap<Long, Bytes> moved = new TreeMap<>();
    Bytes last = forged.encode();
    if (!behind) {
      moved.put((long) index, forged.encode());
      for (int i = index; i < size - 1; i++) {
        moved.put(i + 1L, at(i + 1L, specimen.records.get(i)).encode());
      }
      last = at(size, specimen.records.get(size - 1)).encode();
    }
    AppendOutcome outcome =
        engine.append(
            new AppendRequest(log(), FENCE, size, List.of(last), List.of(), Durability.SYNCED));
    if (!(outcome instanceof AppendOutcome.Committed)) {
      throw new AssertionError(outcome.toString());
    }
    replace(engine, log(), moved);
    return new Planted(
        List.of(engine), List.of("bob"), specimen.origin, index, forged.logseq(), forged.id());
  }

  // ---- what is signed

  private Planted forgedCheckpoint() {
    MemoryEngine engine = specimen.replica.copy();
    List<Map.Entry<Bytes, Bytes>> rows = new ArrayList<>();
    Specimen.rows(engine, "asl.checkpoint").entrySet().stream()
        .filter(row -> row.getKey().slice(0, Origin.BYTES).equals(log()))
        .forEach(rows::add);
    Map.Entry<Bytes, Bytes> row = rows.get(random.nextInt(rows.size()));
    long size = row.getKey().u64At(Origin.BYTES);
    Checkpoint honest = Checkpoint.parse(SignedNote.parse(row.getValue()).text());
    SignedNote note = SignedNote.parse(row.getValue());
    NoteSignature line = note.signatures().get(0);
    Bytes forged;
    if (random.nextBoolean()) {
      // Another root under the honest signature.
      Bytes root = HashAlgorithm.SHA_256.hash(Bytes.u64(random.nextLong()));
      String text =
          new Checkpoint(honest.federation(), honest.origin(), size, root, honest.lastLogseq())
              .text();
      forged = new SignedNote(text, List.of(line)).encode();
    } else {
      Bytes signature = flip(line.signature(), random.nextInt(line.signature().length() * 8));
      NoteSignature other = new NoteSignature(line.name(), line.keyHash(), signature);
      forged = new SignedNote(note.text(), List.of(other)).encode();
    }
    Specimen.write(engine, "asl.checkpoint", row.getKey(), forged);
    LogRecord last = specimen.records.get((int) size - 1);
    return new Planted(
        List.of(engine), List.of("bob"), specimen.origin, size - 1, last.logseq(), last.id());
  }

  /** The writer as it was half-way goes on otherwise, and signs that. */
  private Planted forked() {
    MemoryEngine engine = specimen.writerBefore.copy();
    int index;
    try (Store store = Specimen.open(engine.share(), "ann", 1)) {
      index = (int) store.head(specimen.origin).orElseThrow().treeSize();
      for (int i = random.nextInt(5); i >= 0; i--) {
        Specimen.put(store, "another story " + random.nextLong());
      }
      store.signHead();
      LogRecord theirs = store.record(specimen.origin, index).orElseThrow();
      LogRecord ours = specimen.records.get(index);
      boolean first =
          theirs.position(specimen.origin).compareTo(ours.position(specimen.origin)) < 0;
      LogRecord named = first ? theirs : ours;
      return new Planted(
          List.of(specimen.writer.copy(), engine),
          List.of("ann", "ann"),
          specimen.origin,
          index,
          named.logseq(),
          named.id());
    }
  }

  private Planted cutOff() {
    int index;
    MemoryEngine engine = specimen.replicaBefore.copy();
    try (Store store = Specimen.open(engine.share(), "bob", 1)) {
      index = (int) store.head(specimen.origin).orElseThrow().treeSize();
    }
    return beside(engine, "bob", index);
  }

  private Planted oldEpoch() {
    MemoryEngine later = Specimen.engine();
    MemoryEngine engine = specimen.replica.copy();
    int at = any();
    LogRecord named = specimen.records.get(at);
    try (Store store = Specimen.open(later, "ann", 2);
        Store replica = Specimen.open(engine.share(), "bob", 1)) {
      Bytes root =
          random.nextBoolean()
              ? HashAlgorithm.SHA_256.hash(Bytes.u64(random.nextLong()))
              : replica.logRoot(specimen.origin, at + 1L);
      EpochOpening opening =
          new EpochOpening(
              store.origin(), List.of(new EpochOpening.Ended(1, at + 1L, root, named.logseq())));
      store.commit(new CommitDraft().put(store.prepare(TypeTag.EPOCH, opening.encode())));
      Specimen.put(store, "replayed " + random.nextLong());
      Specimen.sync(store, replica);
      LogRecord first = store.record(store.origin(), 0).orElseThrow();
      return new Planted(
          List.of(engine), List.of("bob"), store.origin(), 0, first.logseq(), first.id());
    }
  }

  // ---- what is derived

  private Planted staleSnapshot() {
    MemoryEngine engine = specimen.replica.copy();
    Snapshot early;
    Snapshot late;
    try (Store store = Specimen.open(engine.share(), "bob", 1)) {
      early = labelled(store, "early");
      late = labelled(store, "late");
    }
    boolean old = random.nextBoolean();
    Snapshot base = old ? early : late;
    Bytes root =
        random.nextInt(3) == 0
            ? HashAlgorithm.SHA_256.hash(Bytes.u64(random.nextLong()))
            : old ? late.stateRoot() : early.stateRoot();
    Snapshot stale = new Snapshot(base.federation(), base.heads(), root);
    for (Map.Entry<Bytes, Bytes> row : Specimen.rows(engine, "asl.snapshot").entrySet()) {
      int found = find(row.getValue(), base.encode());
      if (found >= 0) {
        Bytes changed =
            Bytes.concat(
                row.getValue().slice(0, found),
                stale.encode(),
                row.getValue().slice(found + stale.encode().length()));
        Specimen.write(engine, "asl.snapshot", stale.key().bytes(), changed);
        return new Planted(List.of(engine), List.of("bob"), null, -1, -1, stale.key());
      }
    }
    throw new AssertionError("no row of the snapshot");
  }

  private static Snapshot labelled(Store store, String label) {
    return store.snapshots().stream()
        .filter(info -> label.equals(info.label()))
        .map(SnapshotInfo::snapshot)
        .findFirst()
        .orElseThrow();
  }

  private static int find(Bytes in, Bytes what) {
    for (int at = 0; at + what.length() <= in.length(); at++) {
      if (in.slice(at, at + what.length()).equals(what)) {
        return at;
      }
    }
    return -1;
  }

  private Planted wrongStateRoot() {
    MemoryEngine engine = specimen.replica.copy();
    List<Map.Entry<Bytes, Bytes>> nodes =
        new ArrayList<>(Specimen.rows(engine, "asl.tree").entrySet());
    Map.Entry<Bytes, Bytes> root = nodes.get(0);
    // Two bytes say which children there are; the hash of the first of them follows.
    int bit = 16 + random.nextInt(HashAlgorithm.DIGEST_BYTES * 8);
    Specimen.write(engine, "asl.tree", root.getKey(), flip(root.getValue(), bit));
    return new Planted(List.of(engine), List.of("bob"), null, -1, -1, null);
  }

  /** Makes a receipt a lie. */
  private interface Lie {
    Receipt of(Receipt honest, ArtifactKey other);
  }

  private Planted receipt(Lie lie) {
    MemoryEngine engine = specimen.writer.copy();
    try (Store store = Specimen.open(engine.share(), "ann", 1)) {
      ArtifactKey other = Specimen.put(store, "another output " + random.nextLong());
      Receipt forged = lie.of(specimen.run.receipt(), other);
      store.commit(new CommitDraft().put(store.prepare(TypeTag.RECEIPT, forged.encode())));
      LogHead head = store.head(specimen.origin).orElseThrow();
      return new Planted(
          List.of(engine), List.of("ann"), specimen.origin, -1, head.lastLogseq(), forged.key());
    }
  }

  private Receipt withOtherOutput(Receipt claim, ArtifactKey other) {
    return new Receipt(
        claim.program(),
        claim.inputs(),
        new TreeMap<>(Map.of("digest", other)),
        claim.status(),
        claim.steps(),
        claim.failures());
  }

  private Receipt withOtherStep(Receipt claim, ArtifactKey other) {
    TreeMap<String, Receipt.Step> steps = new TreeMap<>(claim.steps());
    List<String> names = List.copyOf(steps.keySet());
    String name = names.get(random.nextInt(names.size()));
    Receipt.Step step = claim.steps().get(name);
    steps.put(
        name,
        new Receipt.Step(step.operator(), step.parametersDigest(), step.inputs(), List.of(other)));
    return new Receipt(
        claim.program(), claim.inputs(), claim.outputs(), claim.status(), steps, claim.failures());
  }
}
