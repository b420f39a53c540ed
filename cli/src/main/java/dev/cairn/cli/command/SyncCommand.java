package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.HeldBack;
import dev.cairn.asl.store.HeldEvidence;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.StopSignal;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchPlan;
import dev.cairn.federation.fetch.FetchStore;
import dev.cairn.federation.filter.FilterPart;
import dev.cairn.federation.filter.InterestFilter;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStanding;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.peers.FollowSettings;
import dev.cairn.federation.peers.FollowState;
import dev.cairn.federation.peers.FollowStatus;
import dev.cairn.federation.peers.Followers;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.protocol.Tally;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn sync}: exchanges what one side has and the other lacks. */
@Command(
    name = "sync",
    description = {
      "Exchanges records and payloads with a peer, both ways unless told. Exit code 1 if the two",
      "hold different records of one log, 4 if that proves that a node forked its log. Large"
          + " payloads",
      "come after the records, chunk by chunk: a sync that broke off goes on where it stopped. So"
          + " do",
      "those that never came before."
    },
    footer = {
      "",
      "Example: cairn sync ../other/.cairn",
      "         cairn sync mirror --pull",
      "         cairn sync mirror --headers-only"
    })
final class SyncCommand extends StoreCommand {
  @Parameters(
      paramLabel = "PEER",
      description = "A peer's name, an address HOST:PORT or unix:PATH, or a store's directory.")
  private String peer;

  @Option(names = "--pull", description = "Only receive.")
  private boolean pull;

  @Option(names = "--push", description = "Only send.")
  private boolean push;

  @Option(
      names = "--headers-only",
      description = {
        "Take records without payloads, but for those that indexes are made of. 'cairn get --from'",
        "fetches single ones, a sync without this option all of them."
      })
  private boolean headersOnly;

  @Option(
      names = "--follow",
      description = {
        "Stay in conversation behind the first exchange until told to stop: what one side gains"
            + " the",
        "other has at once."
      })
  private boolean follow;

  @Option(
      names = "--filter",
      paramLabel = "EXPR",
      description = {
        "Of logs that are not here, take only the records that EXPR is true of, and leaf hashes of"
            + " the",
        "others; such logs lie beside the store's. Tests: type:, kind:, origin:, key:, edge:,"
            + " above:,",
        "joined by & | ! and parentheses."
      })
  private @Nullable String filter;

  private @Nullable FilterPart filtering;

  SyncCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  void checkArguments() {
    if (pull && push) {
      throw CommandFailure.usage("--pull and --push at once", "give neither for both ways");
    }
    if (filter != null && (push || headersOnly)) {
      throw CommandFailure.usage(
          "--filter with --push or --headers-only", "it is for what is received, records alone");
    }
    if (filter != null) {
      try {
        InterestFilter.parse(filter);
      } catch (MalformedException e) {
        throw CommandFailure.usage(
            String.valueOf(e.getMessage()), "see docs/format/partial.md for what a filter says");
      }
    }
    if (push && headersOnly) {
      throw CommandFailure.usage("--headers-only with --push", "it is for what is received");
    }
    if (follow && (pull || push || headersOnly || filter != null)) {
      throw CommandFailure.usage("--follow with another option", "give --follow by itself");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    Source source = Sources.find(cairn(), peer);
    if (follow) {
      if (!(source instanceof Source.Peer)) {
        throw CommandFailure.usage(peer + " is no peer", "follow a peer's name or an address");
      }
      return follow(node, console);
    }
    Set<Origin> frozen = new TreeSet<>(node.store().frozen());
    SyncReport report;
    try (FetchPlan plan = new FetchPlan(FetchStore.of(node.store()))) {
      if (source instanceof Source.StoreAt at) {
        report = watching(node, plan, sync -> withStore(sync, at));
      } else if (source instanceof Source.EvidenceFile evidence) {
        throw CommandFailure.usage(evidence.file() + " is evidence", "check it with 'cairn audit'");
      } else if (source instanceof Source.BundleFile bundle) {
        throw CommandFailure.usage(
            bundle.file() + " is a file", "take a bundle with 'cairn bundle apply'");
      } else {
        report = watching(node, plan, sync -> withPeer(node, sync));
      }
      plan.refused().forEach((payload, why) -> console.warn(payload + ": " + why));
      tell(node, report, plan, console);
    }
    tellEvidence(node, frozen);
    if (filter != null && !console.json()) {
      PartialCoverage.tell(node.store(), console);
    }

    tellHeldBack(node, console);
    for (PartialLogs.Coverage log : new PartialLogs(node.store()).coverage()) {
      if (new PartialLogs(node.store()).standing(log.origin()) == PartialStanding.FORKED) {
        throw CommandFailure.negative(
            "log " + log.origin() + " is held in part and as a whole, and the two differ",
            "look with 'cairn conflicts list' and 'cairn audit'");
      }
    }
    if (report.conflicts() > 0) {
      report.session().contradictions().forEach(console::warn);
      throw CommandFailure.negative(
          report.conflicts() + " logs differ between the two",
          "look with 'cairn audit', and keep both stores: one of them was forked");
    }
    return ExitCode.DONE;
  }

  /** Stays until it is told to stop; tells every change. */
  private ExitCode follow(CairnNode node, Console console) {
    Peer one =
        PeerPlaces.isAddress(peer)
            ? Peer.unnamed(PeerPlaces.address(cairn(), peer))
            : PeerPlaces.named(node.peers(), peer);
    Environment environment = cairn().environment();
    AtomicReference<FollowState> last = new AtomicReference<>();
    PeerSync sync =
        new PeerSync(node.store(), node.peers(), environment.clock(), environment.ticker());
    try (StopSignal stop = new StopSignal()) {
      try (Followers followers =
          new Followers(
              node.store(),
              node.peers(),
              sync,
              environment.clock(),
              environment.ticker(),
              Entropy.system(),
              FollowSettings.DEFAULT,
              statuses -> statuses.forEach(status -> tell(status, last, console)))) {
        followers.start(List.of(one));
        stop.await();
      }
      stop.done(ExitCode.DONE);
    }
    return ExitCode.DONE;
  }

  /** Called by one thread. */
  private void tell(FollowStatus status, AtomicReference<FollowState> last, Console console) {
    if (last.getAndSet(status.state()) == status.state()) {
      return;
    }
    String state = StatusCommand.state(status);
    console.result(
        new JsonObject().add("peer", peer).add("state", state).add("why", status.why()),
        peer + ": " + state + (status.why().isEmpty() ? "" : ": " + status.why()));
    console.flush();
  }

  /** Says which logs did not come, as they are implausible. */
  static void tellHeldBack(CairnNode node, Console console) {
    for (HeldBack log : node.store().heldBack()) {
      console.warn(
          "log "
              + log.origin()
              + " is held back: "
              + log.describe()
              + "; it comes once that is plausible, or see 'cairn conflicts list'");
    }
  }

  /** Says what there is new evidence of: the sync is done, and a node is found out. */
  static void tellEvidence(CairnNode node, Set<Origin> before) {
    for (HeldEvidence held : node.store().evidence()) {
      Evidence evidence = held.evidence();
      if (!before.contains(evidence.origin())) {
        throw new MisbehaviourException(
            evidence.describe() + "; evidence " + evidence.id().toHex() + " is kept",
            evidence.id().toHex());
      }
    }
  }

  /** Does it under a bar. */
  private SyncReport watching(CairnNode node, FetchPlan plan, Function<PeerSync, SyncReport> work) {
    SyncProgress progress =
        new SyncProgress(node.store(), plan, !pull, receives() || filter != null, filter != null);
    PeerSync sync = peers(node, plan, progress);
    return cairn().console().watching(progress, () -> work.apply(sync));
  }

  private PeerSync peers(CairnNode node, FetchPlan plan, SyncProgress progress) {
    FetchStore store = FetchStore.of(node.store());
    return new PeerSync(
        node.store(),
        node.peers(),
        cairn().environment().clock(),
        cairn().environment().ticker(),
        () -> fetch(store, plan, range(node.store())),
        () -> filtering(node),
        progress);
  }

  private FetchPart fetch(FetchStore store, FetchPlan plan, HashRange range) {
    if (push || filter != null) {
      return FetchPart.answering(store);
    }
    return headersOnly ? FetchPart.headersOnly(store) : FetchPart.catchingUp(store, plan, range);
  }

  /** What this node holds: all, if it never said. */
  private static HashRange range(Store store) {
    return Membership.shards(store).range(store.origin().node()).orElse(HashRange.ALL);
  }

  private FilterPart filtering(CairnNode node) {
    filtering =
        filter == null
            ? FilterPart.answering(node.store())
            : FilterPart.wanting(node.store(), InterestFilter.parse(filter));
    return filtering;
  }

  /** What was taken in part: less than what was asked for where less is granted. */
  private @Nullable InterestFilter taken() {
    return filter == null || filtering == null ? null : filtering.wanted().orElse(null);
  }

  /** What is filtered comes beside the delta, not in it. */
  private boolean receives() {
    return !push && filter == null;
  }

  private SyncReport withStore(PeerSync sync, Source.StoreAt at) {
    try (CairnNode other = StoreDirectory.open(at.directory(), cairn().environment().clock())) {
      return sync.with(other.store(), !pull, receives()).orThrow();
    }
  }

  private SyncReport withPeer(CairnNode node, PeerSync sync) {
    if (PeerPlaces.isAddress(peer)) {
      PeerAddress address = PeerPlaces.address(cairn(), peer);
      return sync.dial(address, !pull, receives()).orThrow();
    }
    Peer named = PeerPlaces.named(node.peers(), peer);
    return sync.dial(named, !pull, receives()).orThrow();
  }

  private void tell(CairnNode node, SyncReport report, FetchPlan plan, Console console) {
    long records = filtering == null ? 0 : filtering.recordsTaken();
    long leaves = filtering == null ? 0 : filtering.leavesTaken();
    if (console.json()) {
      console.line(
          new JsonObject()
              .addText("peer", report.session().peer())
              .add("sent", Describe.tally(report.sent()))
              .add("received", Describe.tally(report.received()))
              .add(
                  "fetched",
                  new JsonObject()
                      .add("payloads", plan.kept())
                      .add("bytes", plan.bytesCame())
                      .add("missing", plan.missingCount()))
              .add(
                  "filtered",
                  new JsonObject()
                      .add("records", records)
                      .add("leafHashes", leaves)
                      .addText("filter", taken())
                      .add("notWidened", notWidened()))
              .add("partial", PartialCoverage.json(node.store()))
              .add("conflicts", report.conflicts())
              .add("roundTrips", report.roundTrips())
              .add("stateRoot", node.store().stateRoot().toHex())
              .addSeconds("seconds", report.elapsedNanos())
              .toString());
      return;
    }
    console.line("sent        " + counts(report.sent()));
    console.line("received    " + counts(report.received()));
    if (plan.kept() > 0) {
      console.line("fetched     " + plan.kept() + " payloads, " + Describe.bytes(plan.bytesCame()));
    }
    if (filter != null) {
      console.line("filtered    " + records + " records, " + leaves + " leaf hashes");
      InterestFilter taken = taken();
      if (taken != null && !taken.equals(InterestFilter.parse(filter))) {
        console.note("this node may read less there; what was taken is '" + taken + "'");
      }
    }
    tellNotWidened(node.store(), console);
    if (!plan.isDone()) {
      console.note(plan.missingCount() + " payloads are not there either");
    }
    console.line("state root  " + node.store().stateRoot().toHex());
  }

  private JsonArray notWidened() {
    JsonArray told = new JsonArray();
    if (filtering != null) {
      filtering.notWidened().forEach(origin -> told.add(origin.toString()));
    }
    return told;
  }

  private void tellNotWidened(Store store, Console console) {
    if (filtering == null) {
      return;
    }
    PartialLogs logs = new PartialLogs(store);
    for (Origin origin : filtering.notWidened()) {
      String before = logs.coverage(origin).map(log -> log.filter().toString()).orElse("none");
      String why =
          store.frozen().contains(origin) ? "it is frozen" : peer + " gave nothing more of it";
      console.note("log " + origin + " is still held by '" + before + "': " + why);
    }
  }

  private static String counts(Tally tally) {
    return tally.commits()
        + " commits, "
        + tally.records()
        + " records, "
        + tally.payloads()
        + " payloads, "
        + Describe.bytes(tally.bytes());
  }
}
