package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.protocol.Tally;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn sync}: exchanges what one side has and the other lacks. */
@Command(
    name = "sync",
    description = {
      "Exchanges records and payloads with a peer, both ways unless told. Exit code 1 if the two",
      "hold different records of one log."
    },
    footer = {"", "Example: cairn sync ../other/.cairn", "         cairn sync mirror --pull"})
final class SyncCommand extends StoreCommand {
  @Parameters(
      paramLabel = "PEER",
      description = "A peer's name, an address HOST:PORT or unix:PATH, or a store's directory.")
  private String peer;

  @Option(names = "--pull", description = "Only receive.")
  private boolean pull;

  @Option(names = "--push", description = "Only send.")
  private boolean push;

  SyncCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  void checkArguments() {
    if (pull && push) {
      throw CommandFailure.usage("--pull and --push at once", "give neither for both ways");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    Source source = Sources.find(cairn(), peer);
    SyncReport report;
    if (source instanceof Source.StoreAt at) {
      report = withStore(peers(node), at);
    } else if (source instanceof Source.BundleFile bundle) {
      throw CommandFailure.usage(
          bundle.file() + " is a file", "take a bundle with 'cairn bundle apply'");
    } else {
      report = withPeer(node);
    }
    tell(report, console);
    if (report.conflicts() > 0) {
      report.session().contradictions().forEach(console::warn);
      throw CommandFailure.negative(
          report.conflicts() + " logs differ between the two",
          "look with 'cairn audit', and keep both stores: one of them was forked");
    }
    return ExitCode.DONE;
  }

  private PeerSync peers(CairnNode node) {
    return new PeerSync(
        node.store(), node.peers(), cairn().environment().clock(), cairn().environment().ticker());
  }

  private SyncReport withStore(PeerSync sync, Source.StoreAt at) {
    try (CairnNode other = StoreDirectory.open(at.directory(), cairn().environment().clock())) {
      return sync.with(other.store(), !pull, !push).orThrow();
    }
  }

  private SyncReport withPeer(CairnNode node) {
    if (PeerPlaces.isAddress(peer)) {
      PeerAddress address = PeerPlaces.address(cairn(), peer);
      return peers(node).dial(address, !pull, !push).orThrow();
    }
    Peer named = PeerPlaces.named(node.peers(), peer);
    return peers(node).dial(named, !pull, !push).orThrow();
  }

  private static void tell(SyncReport report, Console console) {
    if (console.json()) {
      console.line(
          new JsonObject()
              .addText("peer", report.session().peer())
              .add("sent", Describe.tally(report.sent()))
              .add("received", Describe.tally(report.received()))
              .add("conflicts", report.conflicts())
              .add("roundTrips", report.roundTrips())
              .add("stateRoot", report.stateRoot().toHex())
              .addSeconds("seconds", report.elapsedNanos())
              .toString());
      return;
    }
    console.line("sent        " + counts(report.sent()));
    console.line("received    " + counts(report.received()));
    console.line("state root  " + report.stateRoot().toHex());
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
