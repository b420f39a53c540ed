package dev.cairn.testkit.sim;

import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.CollectOptions;
import dev.cairn.asl.store.CollectResult;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitResult;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.member.Membership;
import dev.cairn.pel.run.RunResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the users of the nodes do. Each commit is checked against the naive model at once: a record
 * is written exactly where the definition asks for one.
 */
final class Workload {
  private static final int BATCH_ITEMS_MAX = 8;
  private static final int MANY_MIN = 260;
  private static final int MANY_MAX = 640;
  private static final int ERASE_ONE_IN = 4;
  private static final int RELAXED_ONE_IN = 3;
  private static final long COLLECT_GRACE_MILLIS = 2_000;
  private static final int DELAY_MILLIS_MAX = 2_000;

  private final World world;
  private final Runs runs;
  private final Chance relaxing;
  private final Findings findings;
  private final Members members;
  private int lots;

  /**
   * One thing that a commit shall state.
   *
   * @param piece put; null for a tombstone
   */
  private record Intent(
      ArtifactKey key, Universe.@Nullable Piece piece, boolean forced, boolean erase) {}

  Workload(World world) {
    this.world = world;
    this.relaxing = world.chance().apart("relaxed commits");
    this.findings = new Findings(world);
    this.members = new Members(world);
    this.runs = new Runs(world.options().bug().operators(world.schedule()));
  }

  void put(SimNode node) {
    commit(node, SimEvent.PUT, List.of(put(world.chance().pick(world.universe().small()))));
  }

  void putLarge(SimNode node) {
    commit(node, SimEvent.PUT_LARGE, List.of(put(world.chance().pick(world.universe().large()))));
  }

  void putEdge(SimNode node) {
    commit(node, SimEvent.EDGE, List.of(put(world.chance().pick(world.universe().edges()))));
  }

  void attest(SimNode node) {
    Universe.Piece piece = anyPiece();
    commit(node, SimEvent.ATTESTATION, List.of(new Intent(piece.key(), piece, true, false)));
  }

  void tombstone(SimNode node) {
    commit(node, SimEvent.TOMBSTONE, List.of(tombstone(anyPiece())));
  }

  void batch(SimNode node) {
    int count = world.chance().between(2, BATCH_ITEMS_MAX);
    Set<ArtifactKey> named = new TreeSet<>();
    List<Intent> intents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Universe.Piece piece = anyPiece();
      if (named.add(piece.key())) {
        intents.add(world.chance().oneIn(3) ? tombstone(piece) : put(piece));
      }
    }
    commit(node, SimEvent.PUT_BATCH, intents);
  }

  void putMany(SimNode node) {
    List<Intent> intents = new ArrayList<>();
    int count = world.chance().between(MANY_MIN, MANY_MAX);
    for (Universe.Piece piece : Universe.many(lots++, count)) {
      intents.add(put(piece));
    }
    commit(node, SimEvent.PUT_MANY, intents);
  }

  private Universe.Piece anyPiece() {
    Universe universe = world.universe();
    return switch (world.chance().below(8)) {
      case 0 -> world.chance().pick(universe.large());
      case 1, 2, 3 -> world.chance().pick(universe.edges());
      default -> world.chance().pick(universe.small());
    };
  }

  private static Intent put(Universe.Piece piece) {
    return new Intent(piece.key(), piece, false, false);
  }

  private Intent tombstone(Universe.Piece piece) {
    return new Intent(piece.key(), null, false, world.chance().oneIn(ERASE_ONE_IN));
  }

  private void commit(SimNode node, SimEvent event, List<Intent> intents) {
    NaiveState before = world.truth().state(node);
    List<Intent> due = intents.stream().filter(intent -> writes(intent, before)).toList();
    boolean relaxed = relaxing.oneIn(RELAXED_ONE_IN);
    world.trace().note(event, node + " " + intents.size() + " items, " + due.size() + " records");
    if (relaxed) {
      world.trace().note(SimEvent.RELAXED_COMMIT, node.toString());
    }
    attempt(
        node,
        due.size(),
        () -> {
          Store store = node.store();
          CommitDraft draft = new CommitDraft();
          for (Intent intent : intents) {
            add(draft, store, intent);
          }
          check(
              node,
              intents,
              before,
              store.commit(draft, relaxed ? Durability.RELAXED : Durability.SYNCED));
          count(node, due, before);
        });
  }

  private static boolean writes(Intent intent, NaiveState before) {
    boolean live = before.isLive(intent.key);
    if (intent.piece == null) {
      return live || (intent.erase && before.isOnlyRemoved(intent.key));
    }
    return !live || intent.forced;
  }

  private static void add(CommitDraft draft, Store store, Intent intent) {
    if (intent.piece == null) {
      draft.tombstone(intent.key, new TombstoneNote(intent.erase, null));
    } else if (intent.forced) {
      draft.attest(store.prepare(intent.piece.tag(), intent.piece.payload()));
    } else {
      draft.put(store.prepare(intent.piece.tag(), intent.piece.payload()));
    }
  }

  private void check(SimNode node, List<Intent> intents, NaiveState before, CommitResult result) {
    for (Intent intent : intents) {
      if (result.of(intent.key).written() != writes(intent, before)) {
        world.violated(
            "RecordsOnlyWhereDue",
            node + " answered " + result.of(intent.key) + " to " + intent.key);
      }
      if (intent.piece != null && !node.store().now().isLive(intent.key)) {
        world.violated(
            "AcknowledgedIsNeverLost", node + " does not show what it just put: " + intent.key);
      }
    }
  }

  private void count(SimNode node, List<Intent> due, NaiveState before) {
    Trace trace = world.trace();
    if (due.isEmpty()) {
      trace.count(SimEvent.PUT_KNOWN);
    }
    for (Intent intent : due) {
      if (intent.piece == null && intent.erase) {
        trace.count(SimEvent.ERASURE);
      }
      if (intent.piece == null
          && before.isLive(intent.key)
          && !before.isLiveBy(node.origin(), intent.key)) {
        trace.count(SimEvent.TOMBSTONE_OF_ANOTHERS);
      }
      if (intent.piece != null && !before.isLive(intent.key) && wasPut(intent.key)) {
        trace.count(SimEvent.REVIVAL);
      }
    }
  }

  private boolean wasPut(ArtifactKey key) {
    for (Truth.TrueLog log : world.truth().logs().values()) {
      for (int i = 0; i < log.size(); i++) {
        LogRecord record = log.record(i);
        if (record.id().equals(key) && record.kind() == RecordKind.TOMBSTONE) {
          return true;
        }
      }
    }
    return false;
  }

  /** Takes away what nothing needs any more, beside whatever else is going on. */
  void collect(SimNode node) {
    attempt(
        node,
        0,
        () -> {
          long grace = world.chance().oneIn(2) ? 0 : COLLECT_GRACE_MILLIS;
          CollectResult taken = node.store().collect(new CollectOptions(grace, Set.of(), false));
          world.trace().note(SimEvent.COLLECTION, node + " " + taken);
          if (taken.payloads() + taken.arrivals() > 0) {
            world.trace().count(SimEvent.COLLECTED);
          }
        });
  }

  /** A client is about to commit, and takes its time; several of them come in any order. */
  void delayed(SimNode node) {
    Universe.Piece piece = world.chance().pick(world.universe().small());
    List<Intent> intents = List.of(world.chance().oneIn(3) ? tombstone(piece) : put(piece));
    int incarnation = node.incarnation();
    world
        .schedule()
        .after(
            world.chance().between(1, DELAY_MILLIS_MAX),
            () -> {
              if (node.isUp()
                  && node.incarnation() == incarnation
                  && !node.isFailing()
                  && !node.isClosed()) {
                commit(node, SimEvent.COMMIT_DELAYED, intents);
              }
            });
  }

  void snapshot(SimNode node) {
    attempt(
        node,
        0,
        () -> {
          Store store = node.store();
          SnapshotInfo info =
              store.snapshot(world.chance().oneIn(2) ? "label " + world.chance().below(3) : null);
          world.trace().note(SimEvent.SNAPSHOT, node + " " + info.key());
          List<PayloadDigest> payloads = new ArrayList<>();
          List<LiveEntry> live = new ArrayList<>();
          store.at(info.snapshot().cut()).forEachLive(live::add);
          for (LiveEntry entry : live) {
            if (store.hasPayload(entry)) {
              payloads.add(entry.artifact().payloadDigest());
            }
          }
          world.snapshots().add(new TakenSnapshot(node, info.snapshot(), payloads));
        });
  }

  void dropSnapshot(SimNode node) {
    List<TakenSnapshot> kept =
        world.snapshots().stream()
            .filter(taken -> taken.node() == node && !taken.isDropped())
            .toList();
    if (kept.isEmpty()) {
      return;
    }
    ArtifactKey key = world.chance().pick(kept).snapshot().key();
    // Whether a refused drop happened is not known, so it counts as one.
    kept.stream().filter(taken -> taken.snapshot().key().equals(key)).forEach(TakenSnapshot::drop);
    attempt(
        node,
        0,
        () -> {
          node.store().dropSnapshot(key);
          world.trace().note(SimEvent.SNAPSHOT_DROPPED, node + " " + key);
        });
  }

  void run(SimNode node) {
    boolean force = world.chance().oneIn(4);
    attempt(
        node,
        SimNode.ANY_COMMIT,
        () -> {
          Optional<RunResult> result = runs.run(world, node, force);
          if (result.isEmpty()) {
            world.trace().note(SimEvent.RUN_WITHOUT_INPUT, node.toString());
          } else {
            boolean reused = result.get().executed() == 0;
            world
                .trace()
                .note(reused ? SimEvent.RUN_REUSED : SimEvent.RUN, node + " " + result.get().key());
          }
        });
  }

  /** An audit has found something. */
  void findings(SimNode node) {
    attempt(node, SimNode.ANY_COMMIT, () -> findings.act(node));
  }

  /** Somebody says who is a member, or acknowledges. */
  void members(SimNode node) {
    attempt(node, SimNode.ANY_COMMIT, () -> members.act(node));
  }

  /**
   * A node gives its key up, for another or for nobody; the first node never for nobody, so that
   * somebody goes on.
   */
  void giveKeyUp(SimNode node, Chance chance) {
    boolean rotates = chance.oneIn(2) || node == world.nodes().get(0);
    if (!node.mayGiveKeyUp() || (rotates && node.successor() == null)) {
      return;
    }
    attempt(
        node,
        SimNode.ANY_COMMIT,
        () -> {
          NodeId given = node.id();
          boolean member;
          try (Membership membership = Membership.of(node.store())) {
            member = membership.nodes().contains(given);
          }
          node.store().closeLog(rotates ? node.successor() : null);
          node.forgetBackup();
          world
              .trace()
              .note(
                  rotates ? SimEvent.KEY_ROTATED : SimEvent.KEY_CLOSED, node + " gave up " + given);
          if (member) {
            world.trace().count(SimEvent.MEMBER_GAVE_KEY_UP);
          }
          try (Membership membership = Membership.of(node.store())) {
            if (membership.nodes().contains(given)) {
              world.violated("StableIsHeldByAll", node + " gave its key up and is a member");
            }
          }
        });
    if (node.isUp() && !node.isFailing() && node.hasToRotate()) {
      world.power().rotate(node);
    }
  }

  void checkStateRoot(SimNode node) {
    attempt(
        node,
        0,
        () -> {
          if (!node.store().stateRoot().equals(node.store().rebuiltStateRoot())) {
            world.violated(
                "NoHalfCommitVisible", node + " keeps another state root than its rows give");
          }
        });
  }

  /** Does something with a node's store, whose medium may refuse. */
  private void attempt(SimNode node, long records, Runnable work) {
    try {
      work.run();
    } catch (UnknownOutcomeException e) {
      node.expectUnknown(records);
      world.trace().line(node + " does not know: " + e.getMessage());
      world.failed(node);
    } catch (StoreFailedException e) {
      world.trace().note(SimEvent.WRITE_FAILED, node + " " + e.getMessage());
      world.failed(node);
    }
    world.truth().absorb(node.store());
    world.changed(node);
  }
}
