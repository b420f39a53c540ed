package dev.cairn.federation.proof;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.LogProof;
import dev.cairn.asl.store.StateProof;
import dev.cairn.pel.model.Receipt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One file that proves that a node recorded an artifact: a {@link LogProof} whose extra data is
 * what a verifier needs besides, as deterministic CBOR.
 *
 * <pre>
 *   [1, record: bytes, key of the log's node: bytes 32, payload: bytes / null, [proof: bytes, ...],
 *       state proof / null]
 * </pre>
 *
 * <p>The record is the leaf; the key is believed because its digest is the node in the checkpoint's
 * first line. The further proofs are of the receipts behind the artifact, each of which carries its
 * payload and none behind it: the first's outputs hold the artifact, every later one's outputs hold
 * an input or the program of one before it. If the artifact is a snapshot, a {@link StateProof} may
 * say of another artifact whether it was live in it. Immutable.
 *
 * @param proof of the record
 * @param record the artifact's record
 * @param key public key of the node whose log it is
 * @param payload the artifact's bytes, if they travel with it
 * @param receipts those behind it, nearest first
 * @param state what the snapshot that the payload is says of another artifact, if that is asked
 */
public record ArtifactProof(
    LogProof proof,
    LogRecord record,
    PublicKey key,
    @Nullable Bytes payload,
    List<ArtifactProof> receipts,
    @Nullable StateProof state) {
  /** Most receipts in one file. */
  public static final int RECEIPTS_MAX = 10_000;

  private static final int VERSION = 1;
  private static final int FIELDS = 6;

  public ArtifactProof {
    receipts = List.copyOf(receipts);
  }

  /**
   * A proof as it is written; nothing is verified.
   *
   * @param record the artifact's record
   * @param key of the node whose log it is
   * @param hashes that the record is in the tree of the checkpoint
   * @param note the signed checkpoint
   * @param payload the artifact's bytes, or null
   * @param receipts behind it, nearest first, each with its payload
   * @param state what the snapshot that the payload is says of another artifact, or null
   */
  public static ArtifactProof of(
      LogRecord record,
      PublicKey key,
      List<Bytes> hashes,
      Bytes note,
      @Nullable Bytes payload,
      List<ArtifactProof> receipts,
      @Nullable StateProof state) {
    Bytes extra = extra(record.encode(), key, payload, receipts, state);
    return new ArtifactProof(
        new LogProof(extra, record.index(), hashes, note), record, key, payload, receipts, state);
  }

  /** The file's bytes. */
  public Bytes encode() {
    return proof.encode();
  }

  /**
   * Reads and verifies a file, with no more than what stands in it: what is given back is proven,
   * if the nodes named in it are believed.
   *
   * @throws MalformedException that says what does not hold
   */
  public static ArtifactProof verified(Bytes file) {
    ArtifactProof proof = read(file, true);
    TreeSet<ArtifactKey> known = new TreeSet<>(List.of(proof.record.id()));
    TreeSet<ArtifactKey> seen = new TreeSet<>();
    for (ArtifactProof each : proof.receipts) {
      ArtifactKey id = each.record.id();
      Receipt receipt = each.receipt();
      if (!seen.add(id)) {
        throw new MalformedException("artifact proof: receipt " + id + " stands there twice");
      }
      if (receipt.outputs().values().stream().noneMatch(known::contains)) {
        throw new MalformedException(
            "artifact proof: receipt " + id + " gave nothing that is asked about before it");
      }
      known.add(receipt.program());
      known.addAll(receipt.inputs().values());
    }
    return proof;
  }

  /** What the log's node signed about the log. */
  public Checkpoint checkpoint() {
    return Checkpoint.unverified(proof.note());
  }

  /** The receipt that the payload is; only of those in {@link #receipts}. */
  public Receipt receipt() {
    if (payload == null || !TypeTag.RECEIPT.equals(record.tag())) {
      throw new MalformedException("artifact proof: " + record.id() + " is no receipt");
    }
    return Receipt.decode(payload);
  }

  private static ArtifactProof read(Bytes file, boolean outer) {
    LogProof proof = LogProof.parse(file);
    Bytes extra = proof.extra();
    if (extra == null) {
      throw new MalformedException("artifact proof: the record is missing: no extra data");
    }
    CborReader in = new CborReader("artifact proof", extra);
    in.structure(VERSION, FIELDS);
    LogRecord record = LogRecord.decode(in.bytes());
    PublicKey key = PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
    Bytes payload = in.nul() ? null : in.bytes();
    int count = in.array();
    if (count > (outer ? RECEIPTS_MAX : 0)) {
      throw in.malformed(count + " receipts are too many");
    }
    List<ArtifactProof> receipts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      receipts.add(read(in.bytes(), false));
    }
    StateProof state = !outer || in.nul() ? noState(in, outer) : StateProof.readFrom(in);
    in.end();
    check(proof, record, key, payload);
    ArtifactProof read = new ArtifactProof(proof, record, key, payload, receipts, state);
    read.live();
    return read;
  }

  private static @Nullable StateProof noState(CborReader in, boolean outer) {
    if (!outer && !in.nul()) {
      throw in.malformed("a state proof behind a receipt");
    }
    return null;
  }

  /**
   * What the snapshot says of the artifact of {@link #state}; empty if that is not live in it, or
   * nothing was asked.
   *
   * @throws MalformedException if the payload is no snapshot, or they do not agree
   */
  public Optional<StateProof.Live> live() {
    return state == null ? Optional.empty() : state.verify(snapshot().stateRoot());
  }

  /** The snapshot that the payload is. */
  public Snapshot snapshot() {
    if (payload == null || !TypeTag.SNAPSHOT.equals(record.tag())) {
      throw new MalformedException("artifact proof: " + record.id() + " is no snapshot");
    }
    return Snapshot.decode(payload);
  }

  private static void check(
      LogProof proof, LogRecord record, PublicKey key, @Nullable Bytes payload) {
    Checkpoint named = Checkpoint.unverified(proof.note());
    Checkpoint checkpoint =
        Checkpoint.verify(proof.note(), named.origin(), named.federation(), key);
    if (!record.isPut()) {
      throw new MalformedException("artifact proof: the record is of a tombstone");
    }
    if (record.index() != proof.index()) {
      throw new MalformedException(
          "artifact proof: record " + record.index() + " where " + proof.index() + " is due");
    }
    if (record.logseq() > checkpoint.lastLogseq()) {
      throw new MalformedException("artifact proof: the record is behind the checkpoint's commit");
    }
    proof.verify(TreeHasher.leaf(record.encode()));
    if (payload != null
        && (payload.length() != record.payloadLength()
            || !PayloadDigest.of(payload).equals(record.payloadDigest())
            || !ArtifactHasher.keyOf(record.id().algorithm(), payload, record.tag())
                .equals(record.id()))) {
      throw new MalformedException("artifact proof: the payload is not that of " + record.id());
    }
  }

  private static Bytes extra(
      Bytes record,
      PublicKey key,
      @Nullable Bytes payload,
      List<ArtifactProof> receipts,
      @Nullable StateProof state) {
    CborWriter out =
        new CborWriter().array(FIELDS).uint(VERSION).bytes(record).bytes(key.encoded());
    (payload == null ? out.nul() : out.bytes(payload)).array(receipts.size());
    receipts.forEach(receipt -> out.bytes(receipt.encode()));
    if (state == null) {
      out.nul();
    } else {
      state.writeTo(out);
    }
    return out.toBytes();
  }
}
