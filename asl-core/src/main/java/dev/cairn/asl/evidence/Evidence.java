package dev.cairn.asl.evidence;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Signed statements of one node about one of its logs that cannot all be true, with what shows it:
 * nothing else is needed to check it (docs/format/evidence.md).
 *
 * <pre>
 *   "CAIRNEVD" | u16be version |
 *   [contradiction, key: bytes 32, [note, ...], [hash, ...], [[record, [hash, ...]], ...]]
 * </pre>
 *
 * <p>An evidence that exists proves: both ways to one, {@link #decode} and the makers, check every
 * signature and every hash. Of one contradiction there is one evidence, whoever makes it of the
 * same notes. Immutable.
 */
public final class Evidence {
  /** No evidence is longer. */
  public static final int BYTES_MAX = 16 << 10;

  private static final Bytes MAGIC = Bytes.utf8("CAIRNEVD");
  private static final int VERSION = 1;
  private static final int PREAMBLE_BYTES = 10;
  private static final int FIELDS = 5;

  /** A consistency proof, and its first hash where that goes without saying. */
  private static final int PROOF_HASHES_MAX = MerkleProofs.PROOF_HASHES_MAX + 1;

  private final Contradiction contradiction;
  private final PublicKey key;
  private final List<Bytes> notes;
  private final List<Bytes> proof;
  private final List<ProvenRecord> records;
  private final List<Checkpoint> checkpoints;
  private final Bytes encoded;

  private Evidence(
      Contradiction contradiction,
      PublicKey key,
      List<Bytes> notes,
      List<Bytes> proof,
      List<ProvenRecord> records) {
    this.contradiction = contradiction;
    this.key = key;
    this.notes = List.copyOf(notes);
    this.proof = List.copyOf(proof);
    this.records = List.copyOf(records);
    this.checkpoints = checkNotes();
    checkContradiction();
    this.encoded = write();
    if (encoded.length() > BYTES_MAX) {
      throw new MalformedException("evidence: " + encoded.length() + " bytes are too many");
    }
  }

  // ---- making

  /**
   * What two checkpoints of one log prove; nothing if both may be true.
   *
   * @param key the key of the log's node
   * @param left a signed note; signatures but the node's own are left out
   * @param right another
   * @param longer the tree of the longer of the two logs; asked only if their sizes differ
   * @throws MalformedException if a note is none, or not of this key and log
   */
  public static Optional<Evidence> between(
      PublicKey key, Bytes left, Bytes right, SubtreeSource longer) {
    Bytes leftNote = Checkpoint.withoutCosignatures(left, key);
    Bytes rightNote = Checkpoint.withoutCosignatures(right, key);
    Checkpoint one = Checkpoint.verify(leftNote, key);
    Checkpoint two = Checkpoint.verify(rightNote, key);
    checkSameLog(one, two);
    if (one.equals(two)) {
      return Optional.empty();
    }
    boolean inOrder =
        one.treeSize() != two.treeSize()
            ? one.treeSize() < two.treeSize()
            : leftNote.compareTo(rightNote) < 0;
    List<Bytes> notes = inOrder ? List.of(leftNote, rightNote) : List.of(rightNote, leftNote);
    Checkpoint shorter = inOrder ? one : two;
    Checkpoint longest = inOrder ? two : one;
    if (shorter.treeSize() == longest.treeSize()) {
      return Optional.of(new Evidence(Contradiction.TWO_ROOTS, key, notes, List.of(), List.of()));
    }
    if (shorter.lastLogseq() >= longest.lastLogseq()) {
      return Optional.of(
          new Evidence(Contradiction.LOGSEQ_STANDS, key, notes, List.of(), List.of()));
    }
    if (shorter.treeSize() == 0) {
      return Optional.empty();
    }
    List<Bytes> proof = MerkleProofs.prefixProof(longer, shorter.treeSize(), longest.treeSize());
    MerkleProofs.Roots roots =
        MerkleProofs.rootsFromPrefix(shorter.treeSize(), longest.treeSize(), proof);
    return roots.older().equals(shorter.root())
        ? Optional.empty()
        : Optional.of(new Evidence(Contradiction.NOT_EXTENDED, key, notes, proof, List.of()));
  }

  /**
   * A log that does not begin with a shorter one of its node's, by a proof that somebody showed.
   *
   * @param shorter the note of the one
   * @param longer the note of the other
   * @param proof a prefix proof from the first size to the second, in the longer log
   * @return empty if the longer log does begin with the shorter
   * @throws MalformedException if a note is none of this key and log, or the proof does not lead to
   *     the longer log's root
   */
  public static Optional<Evidence> notExtended(
      PublicKey key, Bytes shorter, Bytes longer, List<Bytes> proof) {
    List<Bytes> notes =
        List.of(
            Checkpoint.withoutCosignatures(shorter, key),
            Checkpoint.withoutCosignatures(longer, key));
    Checkpoint one = Checkpoint.verify(notes.get(0), key);
    Checkpoint two = Checkpoint.verify(notes.get(1), key);
    checkSameLog(one, two);
    MerkleProofs.Roots roots = MerkleProofs.rootsFromPrefix(one.treeSize(), two.treeSize(), proof);
    if (!roots.newer().equals(two.root())) {
      throw new MalformedException("prefix proof: it leads to another root than was signed");
    }
    if (roots.older().equals(one.root())) {
      return Optional.empty();
    }
    return Optional.of(
        one.lastLogseq() >= two.lastLogseq()
            ? new Evidence(Contradiction.LOGSEQ_STANDS, key, notes, List.of(), List.of())
            : new Evidence(Contradiction.NOT_EXTENDED, key, notes, proof, List.of()));
  }

  /**
   * A log that went on where its commit had ended, or before.
   *
   * @param shorter the note of the log that ended
   * @param longer the note of the log that went on
   * @param next its record behind the shorter one's end
   * @throws MalformedException if that proves nothing
   */
  public static Evidence cutCommit(PublicKey key, Bytes shorter, Bytes longer, ProvenRecord next) {
    return new Evidence(
        Contradiction.CUT_COMMIT,
        key,
        List.of(
            Checkpoint.withoutCosignatures(shorter, key),
            Checkpoint.withoutCosignatures(longer, key)),
        List.of(),
        List.of(next));
  }

  /**
   * A log of which one record does not come after the one before it.
   *
   * @throws MalformedException if that proves nothing
   */
  public static Evidence outOfOrder(
      PublicKey key, Bytes note, ProvenRecord first, ProvenRecord second) {
    return new Evidence(
        Contradiction.OUT_OF_ORDER,
        key,
        List.of(Checkpoint.withoutCosignatures(note, key)),
        List.of(),
        List.of(first, second));
  }

  /**
   * A log that goes on behind the record that closes it.
   *
   * @param closing the closing record
   * @param next the one behind it
   * @throws MalformedException if that proves nothing
   */
  public static Evidence behindClosing(
      PublicKey key, Bytes note, ProvenRecord closing, ProvenRecord next) {
    return new Evidence(
        Contradiction.BEHIND_CLOSING,
        key,
        List.of(Checkpoint.withoutCosignatures(note, key)),
        List.of(),
        List.of(closing, next));
  }

  // ---- reading and writing

  /** True if these bytes say that they are evidence, of whatever version. */
  public static boolean isEvidence(Bytes bytes) {
    return bytes.length() >= MAGIC.length() && bytes.slice(0, MAGIC.length()).equals(MAGIC);
  }

  /**
   * Reads evidence and checks all of it.
   *
   * @throws MalformedException unless it proves what it says
   * @throws UnsupportedVersionException if it is of another version
   */
  public static Evidence decode(Bytes encoded) {
    if (encoded.length() > BYTES_MAX) {
      throw new MalformedException("evidence: " + encoded.length() + " bytes are too many");
    }
    if (!isEvidence(encoded) || encoded.length() < PREAMBLE_BYTES) {
      throw new MalformedException("evidence: does not begin with CAIRNEVD and a version");
    }
    int version = encoded.at(MAGIC.length()) << 8 | encoded.at(MAGIC.length() + 1);
    if (version != VERSION) {
      throw new UnsupportedVersionException(
          "evidence: version " + version + " is not the supported version " + VERSION);
    }
    CborReader in = new CborReader("evidence", encoded.slice(PREAMBLE_BYTES));
    in.array(FIELDS);
    Contradiction contradiction = Contradiction.byCode(in.uint());
    PublicKey key = PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
    List<Bytes> notes = new ArrayList<>();
    for (int left = count(in, 2); left > 0; left--) {
      notes.add(in.bytes());
    }
    List<Bytes> proof = hashes(in);
    List<ProvenRecord> records = new ArrayList<>();
    for (int left = count(in, 2); left > 0; left--) {
      in.array(2);
      records.add(new ProvenRecord(in.bytes(), hashes(in)));
    }
    in.end();
    return new Evidence(contradiction, key, notes, proof, records);
  }

  private static int count(CborReader in, int max) {
    int count = in.array();
    if (count > max) {
      throw in.malformed(count + " items where at most " + max + " may be");
    }
    return count;
  }

  private static List<Bytes> hashes(CborReader in) {
    List<Bytes> hashes = new ArrayList<>();
    for (int left = count(in, PROOF_HASHES_MAX); left > 0; left--) {
      hashes.add(in.bytes(TreeHasher.HASH_BYTES));
    }
    return hashes;
  }

  private Bytes write() {
    CborWriter out = new CborWriter().array(FIELDS).uint(contradiction.code()).bytes(key.encoded());
    out.array(notes.size());
    notes.forEach(out::bytes);
    writeHashes(out, proof);
    out.array(records.size());
    for (ProvenRecord record : records) {
      out.array(2).bytes(record.record());
      writeHashes(out, record.proof());
    }
    return Bytes.concat(MAGIC, Bytes.wrap(new byte[] {VERSION >>> 8, VERSION}), out.toBytes());
  }

  private static void writeHashes(CborWriter out, List<Bytes> hashes) {
    out.array(hashes.size());
    hashes.forEach(out::bytes);
  }

  // ---- what it says

  /** The bytes, which are also the file. */
  public Bytes encoded() {
    return encoded;
  }

  /** SHA-256 of the bytes. */
  public Bytes id() {
    return HashAlgorithm.SHA_256.hash(encoded);
  }

  /** What cannot be true. */
  public Contradiction contradiction() {
    return contradiction;
  }

  /** Whose log it is about. */
  public Origin origin() {
    return checkpoints.get(0).origin();
  }

  /** The federation of that log. */
  public String federation() {
    return checkpoints.get(0).federation();
  }

  /** The key that signed. */
  public PublicKey key() {
    return key;
  }

  /** The signed notes, the shorter log's first; one or two. */
  public List<Bytes> notes() {
    return notes;
  }

  /** What the notes state, in the same order. */
  public List<Checkpoint> checkpoints() {
    return checkpoints;
  }

  /** The records that show it; none if the notes do. */
  public List<ProvenRecord> records() {
    return records;
  }

  /** The record by which the node closed its log, if it is that which it went on behind. */
  public Optional<LogRecord> closing() {
    return contradiction == Contradiction.BEHIND_CLOSING
        ? Optional.of(LogRecord.decode(records.get(0).record()))
        : Optional.empty();
  }

  /** One line for people: who signed what. */
  public String describe() {
    StringBuilder out = new StringBuilder("node ");
    out.append(origin().node()).append(", epoch ").append(origin().epoch());
    out.append(", signed ").append(contradiction.statement()).append(':');
    String comma = " ";
    for (Checkpoint checkpoint : checkpoints) {
      out.append(comma)
          .append(checkpoint.treeSize())
          .append(" records up to logseq ")
          .append(checkpoint.lastLogseq())
          .append(" with root ")
          .append(checkpoint.root().toHex());
      comma = ", ";
    }
    return out.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Evidence that && encoded.equals(that.encoded);
  }

  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  @Override
  public String toString() {
    return "Evidence[" + id().toHex() + ": " + describe() + "]";
  }

  // ---- checking

  private List<Checkpoint> checkNotes() {
    require(notes.size() == contradiction.notes(), notes.size() + " notes");
    require(records.size() == contradiction.records(), records.size() + " records");
    List<Checkpoint> read = new ArrayList<>();
    for (Bytes note : notes) {
      require(
          note.equals(Checkpoint.withoutCosignatures(note, key)),
          "a note with more than the node's own signature");
      read.add(Checkpoint.verify(note, key));
    }
    if (read.size() == 2) {
      checkSameLog(read.get(0), read.get(1));
    }
    return List.copyOf(read);
  }

  private static void checkSameLog(Checkpoint left, Checkpoint right) {
    require(
        left.origin().equals(right.origin()) && left.federation().equals(right.federation()),
        "checkpoints of two logs, " + left.keyName() + " and " + right.keyName());
  }

  private void checkContradiction() {
    require(
        proof.isEmpty() == (contradiction != Contradiction.NOT_EXTENDED),
        "a proof that is not needed, or none");
    switch (contradiction) {
      case TWO_ROOTS -> checkTwoRoots();
      case LOGSEQ_STANDS -> checkLogseq();
      case NOT_EXTENDED -> checkNotExtended();
      case CUT_COMMIT -> checkCutCommit();
      case OUT_OF_ORDER -> checkOutOfOrder();
      case BEHIND_CLOSING -> checkBehindClosing();
    }
  }

  private void checkTwoRoots() {
    Checkpoint left = checkpoints.get(0);
    Checkpoint right = checkpoints.get(1);
    require(left.treeSize() == right.treeSize(), "logs of two sizes");
    require(!left.equals(right), "one statement twice");
    require(notes.get(0).compareTo(notes.get(1)) < 0, "notes out of order");
  }

  private void checkLogseq() {
    Checkpoint shorter = checkpoints.get(0);
    Checkpoint longer = checkpoints.get(1);
    require(shorter.treeSize() < longer.treeSize(), "the first log is not the shorter");
    require(shorter.lastLogseq() >= longer.lastLogseq(), "the logseq rises");
  }

  private void checkNotExtended() {
    Checkpoint shorter = checkpoints.get(0);
    Checkpoint longer = checkpoints.get(1);
    require(
        shorter.treeSize() >= 1 && shorter.treeSize() < longer.treeSize(),
        "the first log is not the shorter");
    require(shorter.lastLogseq() < longer.lastLogseq(), "notes that contradict without a proof");
    MerkleProofs.Roots roots =
        MerkleProofs.rootsFromPrefix(shorter.treeSize(), longer.treeSize(), proof);
    require(roots.newer().equals(longer.root()), "the proof leads to another root");
    require(!roots.older().equals(shorter.root()), "the longer log begins with the shorter");
  }

  private void checkCutCommit() {
    Checkpoint shorter = checkpoints.get(0);
    Checkpoint longer = checkpoints.get(1);
    require(shorter.treeSize() < longer.treeSize(), "the first log is not the shorter");
    require(shorter.lastLogseq() < longer.lastLogseq(), "notes that contradict without a record");
    LogRecord next = included(records.get(0), longer);
    require(next.index() == shorter.treeSize(), "the record is not the next one");
    require(next.logseq() <= shorter.lastLogseq(), "the record comes after the shorter log");
  }

  private void checkOutOfOrder() {
    LogRecord first = included(records.get(0), checkpoints.get(0));
    LogRecord second = included(records.get(1), checkpoints.get(0));
    require(first.index() + 1 == second.index(), "the records are no neighbours");
    boolean sameCommit = first.logseq() == second.logseq();
    boolean inOrder =
        sameCommit
            ? first.hlc() == second.hlc() && first.id().compareTo(second.id()) < 0
            : first.logseq() < second.logseq() && first.hlc() < second.hlc();
    require(!inOrder, "the records are in order");
  }

  private void checkBehindClosing() {
    LogRecord closing = included(records.get(0), checkpoints.get(0));
    LogRecord next = included(records.get(1), checkpoints.get(0));
    require(closing.index() + 1 == next.index(), "the records are no neighbours");
    require(LogClosing.closes(closing), "the first record closes nothing");
  }

  private static LogRecord included(ProvenRecord proven, Checkpoint in) {
    LogRecord record = LogRecord.decode(proven.record());
    MerkleProofs.verifyInclusion(
        record.index(), in.treeSize(), TreeHasher.leaf(proven.record()), proven.proof(), in.root());
    return record;
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new MalformedException("evidence that proves nothing: " + otherwise);
    }
  }
}
