package dev.cairn.cli.command;

import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LiveChange;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.tgk.SealedGraph;
import dev.cairn.tgk.index.GraphIndex;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn snapshot}: named states. */
@Command(
    name = "snapshot",
    description = "Takes, lists, compares, pins, drops, publishes and seals snapshots.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn snapshot create --label before-release"})
final class SnapshotCommand implements Runnable {
  private SnapshotCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new SnapshotCommand())
        .addSubcommand(new Create(cairn))
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Show(cairn))
        .addSubcommand(new Diff(cairn))
        .addSubcommand(new Pin(cairn))
        .addSubcommand(new Unpin(cairn))
        .addSubcommand(new Drop(cairn))
        .addSubcommand(new Publish(cairn))
        .addSubcommand(new Seal(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn snapshot --help'");
  }

  private static void tell(SnapshotInfo info, Console console) {
    if (console.json()) {
      console.line(Describe.snapshot(info).toString());
      return;
    }
    console.line("snapshot    " + info.key());
    if (info.label() != null) {
      console.line("label       " + Text.safe(info.label()));
    }
    console.line("pinned      " + (info.pinned() ? "yes" : "no"));
    console.line("state root  " + info.snapshot().stateRoot().toHex());
    console.line(
        "live        "
            + info.live().artifacts()
            + " artifacts, "
            + info.live().edges()
            + " edges, "
            + info.live().receipts()
            + " receipts");
    for (Snapshot.Head head : info.snapshot().heads()) {
      console.line(
          "cut         "
              + head.origin()
              + " up to logseq "
              + head.logseq()
              + ", "
              + head.treeSize()
              + " records, root "
              + head.root().toHex());
    }
  }

  @Command(
      name = "create",
      description = "Takes a snapshot of the present. Changes no log.",
      footer = {"", "Example: cairn snapshot create --label before-release"})
  private static final class Create extends StoreCommand {
    @Option(names = "--label", paramLabel = "L", description = "This store's name for it.")
    private @Nullable String label;

    Create(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Store store = node.store();
      List<SnapshotInfo> before = label == null ? List.of() : store.snapshots();
      SnapshotInfo taken =
          RowsRead.watch(console, store, store.rowsToState(), () -> store.snapshot(label));
      tell(taken, console);
      before.forEach(other -> tellName(other, taken, console));
      return ExitCode.DONE;
    }

    /** A snapshot has one name, and a name one snapshot: one that was lost is told. */
    private static void tellName(SnapshotInfo before, SnapshotInfo taken, Console console) {
      String name = before.label();
      if (name != null && before.key().equals(taken.key()) != name.equals(taken.label())) {
        console.note(Text.safe(name) + " is no longer the name of " + before.key());
      }
    }
  }

  @Command(
      name = "list",
      description = "Lists the snapshots kept here, oldest first.",
      footer = {"", "Example: cairn snapshot list"})
  private static final class ListAll extends StoreCommand {
    ListAll(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      List<SnapshotInfo> all = node.store().snapshots();
      try (Progress progress = console.printing().progress("snapshots", all.size())) {
        tell(node, all, progress, console);
      }
      return ExitCode.DONE;
    }

    private static void tell(
        CairnNode node, List<SnapshotInfo> all, Progress progress, Console console) {
      for (SnapshotInfo info : all) {
        String label = info.label();
        boolean sealed = node.graph().sealed(info.key()).isPresent();
        console.result(
            Describe.snapshot(info).add("sealed", sealed),
            info.key()
                + "  "
                + Instant.ofEpochMilli(info.createdMillis())
                + "  "
                + (sealed ? "sealed, " : "")
                + (info.pinned() ? "pinned" : "not pinned")
                + "  "
                + (label == null ? "" : Text.safe(label)));
        progress.step(1);
      }
    }
  }

  @Command(
      name = "show",
      description = "Shows a snapshot.",
      footer = {"", "Example: cairn snapshot show before-release"})
  private static final class Show extends StoreCommand {
    @Parameters(
        paramLabel = "S",
        description = "Its label, its key, or 6 hex digits or more of it.")
    private String snapshot;

    Show(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      tell(Snapshots.find(node.store(), snapshot), console);
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "diff",
      description = {
        "Lists what became live (+) and what ceased to be live (-) from one snapshot to another,"
            + " or",
        "to the present, in the order of digests. Reads only."
      },
      footer = {"", "Example: cairn snapshot diff before-release"})
  private static final class Diff extends StoreCommand {
    @Parameters(index = "0", paramLabel = "S", description = "From this snapshot.")
    private String from;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "T",
        description = "To this one; else to the present.")
    private @Nullable String to;

    private long became;
    private long ceased;

    Diff(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.READ;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Store store = node.store();
      Cut first = Snapshots.find(store, from).snapshot().cut();
      Cut second = to == null ? store.cut() : Snapshots.find(store, to).snapshot().cut();
      RowsRead.watch(
          console.printing(),
          store,
          store.liveRowsAbout(),
          () -> store.diff(first, second, change -> tell(change, console)));
      if (!console.json()) {
        console.line(became + " became live, " + ceased + " ceased");
      }
      return ExitCode.DONE;
    }

    private void tell(LiveChange change, Console console) {
      if (change.became()) {
        became++;
      } else {
        ceased++;
      }
      ArtifactId artifact = change.entry().artifact();
      console.result(
          new JsonObject()
              .add("change", change.became() ? "live" : "ceased")
              .addText("key", artifact.key())
              .addText("payloadDigest", artifact.payloadDigest())
              .addU64("size", artifact.payloadLength())
              .addText("type", artifact.tag()),
          (change.became() ? "+ " : "- ")
              + artifact.key()
              + "  "
              + (artifact.tag() == null ? "-" : artifact.tag())
              + "  "
              + artifact.payloadLength());
    }
  }

  /** Changes what becomes of one snapshot. */
  private abstract static class Change extends StoreCommand {
    @Parameters(
        paramLabel = "S",
        description = "Its label, its key, or 6 hex digits or more of it.")
    private String snapshot;

    Change(CairnCommand cairn) {
      super(cairn);
    }

    abstract void change(Store store, SnapshotInfo info, Console console);

    @Override
    final ExitCode run(CairnNode node, Console console) {
      change(node.store(), Snapshots.find(node.store(), snapshot), console);
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "pin",
      description = {
        "Keeps the payloads that a snapshot shows from being removed, as taking it does. What went",
        "while it was not pinned stays gone."
      },
      footer = {"", "Example: cairn snapshot pin before-release"})
  private static final class Pin extends Change {
    Pin(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void change(Store store, SnapshotInfo info, Console console) {
      tell(store.pin(info.key()), console);
    }
  }

  @Command(
      name = "publish",
      description = {
        "Puts a snapshot as an artifact, by which programs and other nodes can name it: its key is",
        "the snapshot's. One that is live is not put again."
      },
      footer = {"", "Example: cairn snapshot publish before-release"})
  private static final class Publish extends Change {
    Publish(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void change(Store store, SnapshotInfo info, Console console) {
      PreparedArtifact artifact = store.prepare(TypeTag.SNAPSHOT, info.snapshot().encode());
      boolean put = store.commit(new CommitDraft().put(artifact)).written() > 0;
      console.result(
          new JsonObject().addText("snapshot", info.key()).add("new", put), info.key().toString());
      if (!put) {
        console.note("it was published before");
      }
    }
  }

  @Command(
      name = "unpin",
      description = {
        "Keeps a snapshot, but not the payloads that it shows: those that were erased, and that no",
        "other pinned snapshot shows, go at once; 'cairn gc' may take removed ones."
      },
      footer = {"", "Example: cairn snapshot unpin before-release"})
  private static final class Unpin extends Change {
    Unpin(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void change(Store store, SnapshotInfo info, Console console) {
      tell(RowsRead.watch(console, store, -1, () -> store.unpin(info.key())), console);
    }
  }

  @Command(
      name = "drop",
      description = {
        "Forgets a snapshot, and lets go of what it shows as 'cairn snapshot unpin' does. Changes"
            + " no",
        "log: the same state can be taken again."
      },
      footer = {"", "Example: cairn snapshot drop before-release"})
  private static final class Drop extends Change {
    Drop(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void change(Store store, SnapshotInfo info, Console console) {
      ArtifactKey key = info.key();
      RowsRead.watch(console, store, -1, () -> store.dropSnapshot(key));
      console.result(
          new JsonObject().addText("snapshot", key).add("label", info.label()).add("dropped", true),
          key + " dropped");
    }
  }

  @Command(
      name = "seal",
      description = {
        "Makes a file of the graph that a snapshot shows, on which lineage is walked at memory"
            + " speed.",
        "Changes no answer and no log. The file follows from the store: it may be lost or removed,",
        "and the segments of at most 4 snapshots are kept."
      },
      footer = {"", "Example: cairn snapshot seal before-release"})
  private static final class Seal extends StoreCommand {
    @Parameters(
        paramLabel = "S",
        description = "Its label, its key, or 6 hex digits or more of it.")
    private String snapshot;

    Seal(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.READ;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      if (StoreDirectory.isBackupAt(node.directory())) {
        throw CommandFailure.usage(
            node.directory() + " is a backup, which is not written to", "seal in its store");
      }
      Store store = node.store();
      Snapshot shown = Snapshots.find(store, snapshot).snapshot();
      List<Table> tables = List.of(GraphIndex.SLOT, GraphIndex.DOWN, GraphIndex.UP);
      SealedGraph sealed =
          RowsRead.watch(
              console,
              store,
              store.rowsAbout(tables) + store.liveRowsAbout(),
              () -> node.graph().seal(shown));
      console.result(
          new JsonObject()
              .addText("snapshot", sealed.snapshot())
              .add("sealed", true)
              .add("nodes", sealed.nodes())
              .add("edges", sealed.edges())
              .add("bytes", sealed.bytes()),
          sealed.snapshot()
              + " sealed: "
              + sealed.nodes()
              + " nodes, "
              + sealed.edges()
              + " edges, "
              + sealed.bytes()
              + " bytes");
      return ExitCode.DONE;
    }
  }
}
