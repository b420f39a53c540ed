package dev.cairn.cli.demo;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * A and B serve, both write while they sync, C learns everything through B alone; in the end all
 * three are in one state.
 */
final class Federate implements Step {
  /** Most rounds of syncs begun while the writers write. */
  private static final int ROUNDS_MAX = 10_000;

  private static final List<String> NODES = List.of("A", "B", "C");
  private static final String REFUSED = "refused";

  private final Traffic fromA = new Traffic();
  private final Traffic fromB = new Traffic();
  private final Traffic fromC = new Traffic();

  @Override
  public String name() {
    return "federate";
  }

  @Override
  public String title() {
    return "Three peers over gRPC with mutual TLS; C talks to B alone";
  }

  @Override
  public void run(Tour tour, Chapter chapter) {
    NodeId nodeA = node(tour, "A");
    NodeId nodeB = node(tour, "B");
    NodeId nodeC = node(tour, "C");
    List<ArtifactKey> notes;
    try (Peer a = Peer.listening(tour, "A", Set.of(nodeB));
        Peer b = Peer.listening(tour, "B", Set.of(nodeA, nodeC));
        Peer c = Peer.caller(tour, "C")) {
      chapter.say("A listens on " + a.address() + " for B, B on " + b.address() + " for A and C");
      chapter.claim("A refuses a stranger's certificate", REFUSED, knock(a, tour));
      notes = writeAndSync(tour, chapter, a, b, c);
      removeFirst(tour, chapter, notes);
      fromB.add(b.sync(a));
      fromC.add(c.sync(b));
      long moved = records(a.sync(b)) + records(b.sync(a)) + records(c.sync(b));
      chapter.claim("one more round moves no record", 0, moved);
      chapter.claim("those who called A proved to be B alone", Set.of(nodeB), a.callers());
      chapter.claim(
          "those who called B proved to be A and C",
          new TreeSet<>(Set.of(nodeA, nodeC)),
          b.callers());
    }
    chapter.say(fromA.toText("A"));
    chapter.say(fromB.toText("B"));
    chapter.say(fromC.toText("C"));
    chapter.claim("C called B and nobody else", Set.of(nodeB), fromC.peers());
    chapter.claim(
        "no two logs contradict", 0, fromA.conflicts() + fromB.conflicts() + fromC.conflicts());
    chapter.facts().add("a", fromA.toJson()).add("b", fromB.toJson()).add("c", fromC.toJson());
    claimNotes(tour, notes, chapter);
    claimOneState(tour, chapter);
    claimReuse(tour, chapter);
  }

  private static NodeId node(Tour tour, String name) {
    return tour.node(name).store().origin().node();
  }

  private static String knock(Peer door, Tour tour) {
    try {
      Peer.knockAsStranger(door, tour.clock());
      return "let in";
    } catch (RefusedException e) {
      return REFUSED;
    }
  }

  /** Writers on both sides write while all sync, round after round. */
  private List<ArtifactKey> writeAndSync(Tour tour, Chapter chapter, Peer a, Peer b, Peer c) {
    List<ArtifactKey> notes = new ArrayList<>();
    int duringA;
    int duringB;
    try (NoteWriter atA = new NoteWriter("A", tour.node("A").store());
        NoteWriter atB = new NoteWriter("B", tour.node("B").store());
        Progress shown = tour.console().progress("syncing", 2L * NoteWriter.NOTES)) {
      atA.start();
      atB.start();
      int earlyA = atA.written();
      int earlyB = atB.written();
      shown.step(earlyA + earlyB);
      for (int i = 0; i == 0 || ((atA.isWriting() || atB.isWriting()) && i < ROUNDS_MAX); i++) {
        Tour.checkInterrupted();
        int before = atA.written() + atB.written();
        fromA.add(a.sync(b));
        fromC.add(c.sync(b));
        fromB.add(b.sync(a));
        shown.step(atA.written() + atB.written() - before);
      }
      duringA = atA.written() - earlyA;
      duringB = atB.written() - earlyB;
      notes.addAll(atA.finish());
      notes.addAll(atB.finish());
    }
    chapter.say(
        notes.size()
            + " notes written, "
            + duringA
            + " at A and "
            + duringB
            + " at B while syncs went on");
    chapter.claim("both wrote all their notes", 2 * NoteWriter.NOTES, notes.size());
    chapter.claimAtLeast("A wrote while syncs went on", 1, duringA);
    chapter.claimAtLeast("B wrote while syncs went on", 1, duringB);
    chapter
        .facts()
        .add("notes", notes.size())
        .add("notesAtADuringSyncs", duringA)
        .add("notesAtBDuringSyncs", duringB);
    // What was written after the last round began.
    fromA.add(a.sync(b));
    return notes;
  }

  /** B removes what A wrote: the first of the notes. */
  private static void removeFirst(Tour tour, Chapter chapter, List<ArtifactKey> notes) {
    ArtifactKey target = notes.get(0);
    tour.node("B")
        .store()
        .commit(new CommitDraft().tombstone(target, new TombstoneNote(false, "the tour ends")));
    chapter.say("B removed a note of A's: " + target);
    chapter.facts().addText("removed", target);
  }

  private static long records(SyncReport report) {
    return report.sent().records() + report.received().records();
  }

  private static void claimNotes(Tour tour, List<ArtifactKey> notes, Chapter chapter) {
    for (String name : NODES) {
      Store store = tour.node(name).store();
      long live = notes.stream().skip(1).filter(store.now()::isLive).count();
      chapter.claim("all other notes live at " + name, notes.size() - 1, live);
      chapter.claim("the removed one is dead at " + name, false, store.now().isLive(notes.get(0)));
    }
    chapter.claim(
        "C can tell of the removed note that it was put, then removed",
        2,
        tour.node("C").store().history(notes.get(0)).size());
  }

  private static void claimOneState(Tour tour, Chapter chapter) {
    SnapshotInfo first = tour.node("A").store().snapshot("demo");
    Snapshot snapshot = first.snapshot();
    tour.snapshot(snapshot);
    chapter.say("snapshot " + first.key());
    chapter.say(
        String.format(
            Locale.ROOT,
            "state root %s: %,d artifacts, %,d edges, %,d receipts in %,d records of %d logs",
            snapshot.stateRoot().toHex(),
            first.live().artifacts(),
            first.live().edges(),
            first.live().receipts(),
            snapshot.heads().stream().mapToLong(Snapshot.Head::treeSize).sum(),
            snapshot.heads().size()));
    for (String name : List.of("B", "C")) {
      SnapshotInfo taken = tour.node(name).store().snapshot("demo");
      chapter.claim(name + "'s cut is A's", cut(snapshot), cut(taken.snapshot()));
      chapter.claim(
          name + "'s state root is A's",
          snapshot.stateRoot().toHex(),
          taken.snapshot().stateRoot().toHex());
      chapter.claim(name + "'s snapshot is A's", first.key(), taken.key());
    }
    chapter.claim(
        "C's state root, computed from nothing, is the same",
        snapshot.stateRoot().toHex(),
        tour.node("C").store().rebuiltStateRoot().toHex());
    chapter
        .facts()
        .addText("snapshot", first.key())
        .add("stateRoot", snapshot.stateRoot().toHex())
        .add("cut", cutJson(snapshot))
        .add("artifacts", first.live().artifacts())
        .add("edges", first.live().edges())
        .add("receipts", first.live().receipts());
  }

  private static String cut(Snapshot snapshot) {
    return cutJson(snapshot).toString();
  }

  private static JsonArray cutJson(Snapshot snapshot) {
    JsonArray cut = new JsonArray();
    for (Snapshot.Head head : snapshot.heads()) {
      cut.add(
          new JsonObject()
              .addText("origin", head.origin())
              .addU64("logseq", head.logseq())
              .addU64("treeSize", head.treeSize())
              .add("root", head.root().toHex()));
    }
    return cut;
  }

  /** C has A's receipt: the program that ran at A need not run at C. */
  private static void claimReuse(Tour tour, Chapter chapter) {
    CairnNode node = tour.node("C");
    Receipt receipt = tour.run().receipt();
    RunResult result =
        node.executor()
            .run(
                node.receipts().program(receipt.program()),
                receipt.inputs(),
                RunOptions.defaults());
    chapter.claim("asked to run the program, C runs nothing", 0, result.executed());
    chapter.claim("and answers with A's receipt", tour.run().key(), result.key());
  }
}
