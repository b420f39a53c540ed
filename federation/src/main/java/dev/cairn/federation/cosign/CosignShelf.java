package dev.cairn.federation.cosign;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.asl.note.CosignerKey;
import dev.cairn.asl.note.NoteSignature;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.CosignMessage.Entry;
import dev.cairn.federation.protocol.CosignTag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The cosignatures that a node holds, its own among them: local rows of its store.
 *
 * <pre>
 *   fed.cosignature   origin | u64be tree size | node id -> [1, key, time, signature]
 * </pre>
 *
 * <p>Only of checkpoints that are held here, and each verified before it is kept. Of a log at most
 * {@link #COSIGNERS_MAX} nodes' are kept, of each the {@link #KEPT_MAX} newest: as a checkpoint
 * covers all before it, an older one proves nothing more. Rows follow the facts: one that a crash
 * takes comes again. Safe for any thread.
 */
public final class CosignShelf {
  /** Most nodes whose cosignatures of one log are kept. */
  public static final int COSIGNERS_MAX = 32;

  /** Most cosigned checkpoints of one log that are kept of one node. */
  public static final int KEPT_MAX = 8;

  /** Where they are kept. */
  public static final Table TABLE = new Table("fed.cosignature", Table.Scope.LOCAL);

  private static final int VERSION = 1;
  private static final int FIELDS = 4;
  private static final int KEY_BYTES = Origin.BYTES + Long.BYTES + HashAlgorithm.DIGEST_BYTES;

  private final Store store;
  private final WallClock clock;

  /**
   * @param store with {@link #TABLE} among its local tables
   * @param clock for the times of own cosignatures
   */
  public CosignShelf(Store store, WallClock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** One that is kept. */
  private record Kept(Origin origin, long treeSize, PublicKey key, Cosignature cosignature) {
    NodeId node() {
      return NodeId.of(key);
    }
  }

  /**
   * Cosigns the newest checkpoint held of every log of another node, unless that is done or the log
   * is frozen.
   *
   * @return those that are new
   */
  public synchronized List<Entry> cosign() {
    List<Entry> made = new ArrayList<>();
    long seconds = Math.max(1, clock.millis() / 1_000);
    for (LogHead head : store.heads()) {
      Checkpoint checkpoint = newest(head);
      if (checkpoint == null || isCosigned(checkpoint)) {
        continue;
      }
      Cosignature cosignature = Cosignature.sign(checkpoint.text(), store.signingKey(), seconds);
      Entry entry =
          new Entry(
              head.origin(),
              checkpoint.treeSize(),
              checkpoint.root(),
              store.signingKey().publicKey(),
              cosignature);
      keep(entry);
      made.add(entry);
    }
    return made;
  }

  private @Nullable Checkpoint newest(LogHead head) {
    if (head.origin().node().equals(store.origin().node())
        || store.frozen().contains(head.origin())) {
      return null;
    }
    if (head.treeSize() > store.believed(head.origin())) {
      return null;
    }
    Bytes note = store.checkpoints(head.origin(), head.treeSize() - 1, 1).get(head.treeSize());
    return note == null ? null : Checkpoint.unverified(note);
  }

  private boolean isCosigned(Checkpoint checkpoint) {
    return store
            .rows()
            .get(TABLE, key(checkpoint.origin(), checkpoint.treeSize(), store.origin().node()))
        != null;
  }

  /**
   * Takes a cosignature that a peer shows. One of a checkpoint that is not held here or has another
   * root, of a log that is frozen, of a stranger, or beyond a bound is left out.
   *
   * @param known nodes whose cosignatures are kept: see {@link #known}
   * @return true if it is new and kept
   * @throws MalformedException if it is of a checkpoint held here and does not verify
   */
  public synchronized boolean take(Entry entry, Set<NodeId> known) {
    NodeId node = entry.node();
    Bytes note = store.checkpoints(entry.origin(), entry.treeSize() - 1, 1).get(entry.treeSize());
    if (note == null
        || node.equals(entry.origin().node())
        || store.frozen().contains(entry.origin())
        || entry.treeSize() > store.believed(entry.origin())
        || store.rows().get(TABLE, key(entry.origin(), entry.treeSize(), node)) != null
        || !known.contains(node)) {
      return false;
    }
    Checkpoint checkpoint = Checkpoint.unverified(note);
    if (!checkpoint.root().equals(entry.root())) {
      return false;
    }
    CosignerKey key = CosignerKey.of(store.federation(), entry.key());
    if (!entry.cosignature().verifies(key, checkpoint.text())) {
      throw new MalformedException(
          "cosignature of node "
              + node
              + " under the checkpoint of "
              + entry.treeSize()
              + " records of "
              + entry.origin()
              + ": does not verify");
    }
    return keep(entry);
  }

  /**
   * Nodes whose cosignatures are kept: a peer, and those whose logs are held. Nodes that anyone
   * could invent would fill the room.
   */
  public Set<NodeId> known(NodeId peer) {
    Set<NodeId> known = new TreeSet<>(List.of(peer));
    store.heads().forEach(head -> known.add(head.origin().node()));
    return known;
  }

  private boolean keep(Entry entry) {
    Map<NodeId, List<Long>> held = new TreeMap<>();
    for (Kept kept : of(entry.origin(), 0)) {
      held.computeIfAbsent(kept.node(), node -> new ArrayList<>()).add(kept.treeSize());
    }
    List<Long> sizes = held.getOrDefault(entry.node(), List.of());
    boolean own = entry.node().equals(store.origin().node());
    if (sizes.isEmpty() && held.size() >= (own ? COSIGNERS_MAX : COSIGNERS_MAX - 1)) {
      return false;
    }
    List<RowChange> changes = new ArrayList<>();
    if (sizes.size() >= KEPT_MAX) {
      if (entry.treeSize() < sizes.get(0)) {
        return false;
      }
      changes.add(RowChange.delete(TABLE, key(entry.origin(), sizes.get(0), entry.node())));
    }
    changes.add(
        RowChange.put(
            TABLE,
            key(entry.origin(), entry.treeSize(), entry.node()),
            new CborWriter()
                .array(FIELDS)
                .uint(VERSION)
                .bytes(entry.key().encoded())
                .uint(entry.cosignature().timeSeconds())
                .bytes(entry.cosignature().signature())
                .toBytes()));
    store.writeLocal(changes, Durability.RELAXED);
    return true;
  }

  /** Of each log and node the newest cosignature held, in order of origins and nodes. */
  public List<Entry> newest() {
    List<Entry> all = new ArrayList<>();
    for (LogHead head : store.heads()) {
      Map<NodeId, Kept> newest = new TreeMap<>();
      of(head.origin(), 0).forEach(kept -> newest.put(kept.node(), kept));
      newest.values().forEach(kept -> entry(kept).ifPresent(all::add));
    }
    return Collections.unmodifiableList(all);
  }

  private Optional<Entry> entry(Kept kept) {
    Bytes note = store.checkpoints(kept.origin(), kept.treeSize() - 1, 1).get(kept.treeSize());
    return Optional.ofNullable(note)
        .map(
            held ->
                new Entry(
                    kept.origin(),
                    kept.treeSize(),
                    Checkpoint.unverified(held).root(),
                    kept.key(),
                    kept.cosignature()));
  }

  /** Stands for the newest ones: two nodes with the same tag have nothing to tell each other. */
  public CosignTag tag() {
    List<Bytes> parts = new ArrayList<>();
    for (Entry entry : newest()) {
      parts.add(key(entry.origin(), entry.treeSize(), entry.node()));
    }
    return new CosignTag(
        HashAlgorithm.SHA_256.hash(parts.toArray(Bytes[]::new)).slice(0, CosignTag.BYTES));
  }

  /**
   * The least checkpoint held of a log that covers a record and is cosigned, with all cosignatures
   * held of it as further lines, in order of nodes; empty if none is.
   *
   * @return the number of records that it covers, and the note
   */
  public Optional<Map.Entry<Long, Bytes>> covering(Origin origin, long index) {
    List<Kept> held = of(origin, index + 1);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    long size = held.get(0).treeSize();
    Bytes note = store.checkpoints(origin, size - 1, 1).get(size);
    if (note == null) {
      return Optional.empty();
    }
    SignedNote signed = SignedNote.parse(note);
    List<NoteSignature> lines = new ArrayList<>(signed.signatures());
    for (Kept kept : held) {
      if (kept.treeSize() == size && lines.size() < SignedNote.SIGNATURES_MAX) {
        lines.add(kept.cosignature().line(CosignerKey.of(store.federation(), kept.key())));
      }
    }
    return Optional.of(Map.entry(size, new SignedNote(signed.text(), lines).encode()));
  }

  /** Who has cosigned a log, and how many records of it at most. */
  public Map<NodeId, Long> cosigners(Origin origin) {
    Map<NodeId, Long> sizes = new TreeMap<>();
    of(origin, 0).forEach(kept -> sizes.put(kept.node(), kept.treeSize()));
    return Collections.unmodifiableMap(sizes);
  }

  /**
   * A cosignature that is kept, verified anew.
   *
   * @param origin of which log; null if its row does not say
   * @param where the place in words
   * @param wrong what is wrong with it; empty if nothing is
   */
  public record Verified(@Nullable Origin origin, String where, String wrong) {}

  /**
   * Verifies every cosignature kept, in the order of logs, tree sizes and nodes. Whatever the rows
   * hold, each is told.
   */
  public void verify(Consumer<Verified> action) {
    if (!store.hasLocal(TABLE)) {
      return;
    }
    try (RowCursor rows = store.rows().scan(TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        action.accept(verified(new Row(rows.key(), rows.value())));
      }
    }
  }

  private Verified verified(Row row) {
    if (row.key().length() != KEY_BYTES) {
      return new Verified(null, "cosignature row " + row.key().toHex(), "its key is none");
    }
    Origin origin = null;
    String where = "cosignature row " + row.key().toHex();
    try {
      origin = Origin.fromBytes(row.key().slice(0, Origin.BYTES));
      Kept kept = read(row.key(), row.value());
      where =
          "cosignature of node "
              + kept.node()
              + " under the checkpoint of "
              + kept.treeSize()
              + " records of "
              + origin;
      return new Verified(origin, where, wrong(kept));
    } catch (CairnException e) {
      return new Verified(origin, where, String.valueOf(e.getMessage()));
    }
  }

  private String wrong(Kept kept) {
    Bytes note =
        kept.treeSize() < 1
            ? null
            : store.checkpoints(kept.origin(), kept.treeSize() - 1, 1).get(kept.treeSize());
    if (note == null) {
      return "no such checkpoint is held";
    }
    Checkpoint checkpoint = Checkpoint.unverified(note);
    CosignerKey key = CosignerKey.of(store.federation(), kept.key());
    return kept.cosignature().verifies(key, checkpoint.text()) ? "" : "it does not verify";
  }

  /** Those of a log, by tree size from {@code from} on, then by node. */
  private List<Kept> of(Origin origin, long from) {
    List<Kept> all = new ArrayList<>();
    Bytes start = origin.bytes().plus(Bytes.u64(from));
    try (RowCursor rows = store.rows().scan(TABLE, start, origin.bytes().prefixEnd())) {
      while (rows.next()) {
        all.add(read(rows.key(), rows.value()));
      }
    }
    return all;
  }

  /**
   * Reads a row, and does not verify the signature in it.
   *
   * @throws DamagedException if it is none
   */
  public static void check(Bytes key, Bytes value) {
    var unused = read(key, value);
  }

  private static Kept read(Bytes key, Bytes value) {
    return TABLE.read(key, value, CosignShelf::decode);
  }

  private static Kept decode(Bytes key, Bytes value) {
    CborReader in = new CborReader("cosignature row", value);
    in.structure(VERSION, FIELDS);
    Kept kept =
        new Kept(
            Origin.fromBytes(key.slice(0, Origin.BYTES)),
            key.u64At(Origin.BYTES),
            PublicKey.of(in.bytes(PublicKey.KEY_BYTES)),
            new Cosignature(in.uint(), in.bytes()));
    in.end();
    if (!key(kept.origin(), kept.treeSize(), kept.node()).equals(key)) {
      throw in.malformed("it is about another node");
    }
    return kept;
  }

  private static Bytes key(Origin origin, long treeSize, NodeId node) {
    return origin.bytes().plus(Bytes.u64(treeSize)).plus(node.digest());
  }
}
