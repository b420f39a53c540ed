package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.StopSignal;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.pel.distributed.CoordinatorOptions;
import dev.cairn.tgk.GraphKeeperThread;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn serve}: the node as a peer that others sync with. */
@Command(
    name = "serve",
    description = {
      "Listens for peers and syncs with each that calls, until it is told to stop by SIGTERM or",
      "SIGINT. Prints one line when it is ready, with the address and the port that was chosen."
    },
    footer = {
      "",
      "Example: cairn serve --listen 0.0.0.0:7411",
      "         cairn serve --listen unix:/run/cairn.sock --no-tls"
    })
final class ServeCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1:7411",
      description = "HOST:PORT, [IPV6]:PORT or unix:PATH; port 0 takes any. Else ${DEFAULT-VALUE}.")
  private String listen;

  @Option(
      names = "--no-tls",
      description = "In plain text: on loopback and Unix sockets only; peers prove nothing then.")
  private boolean plain;

  @Option(
      names = "--work",
      description = {
        "Take part in programs that several nodes run together ('cairn run --distributed'), and sync",
        "with the named peers meanwhile."
      })
  private boolean work;

  @Option(
      names = "--take-over",
      paramLabel = "MS",
      description = "With --work: how long to wait for each node before this one. Else 10000.")
  private long takeOverMillis = CoordinatorOptions.defaults().takeOverMillis();

  ServeCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    PeerAddress address = PeerPlaces.address(cairn, listen);
    if (takeOverMillis < 1) {
      throw CommandFailure.usage(
          "a take-over after " + takeOverMillis + " ms", "give 1 or more with --take-over");
    }
    try (StopSignal stop = new StopSignal()) {
      try (CairnNode node = cairn.open()) {
        serve(node, address, stop);
      }
      stop.done(ExitCode.DONE);
    }
    return ExitCode.DONE.status();
  }

  @SuppressWarnings("try") // The keeper is only to be closed.
  private void serve(CairnNode node, PeerAddress address, StopSignal stop) {
    Console console = cairn.console();
    PeerSync sync =
        new PeerSync(
            node.store(), node.peers(), cairn.environment().clock(), cairn.environment().ticker());
    try (GraphKeeperThread keeper = GraphKeeperThread.start(node.graph());
        GrpcPeerServer server = start(sync, address, console)) {
      console.result(
          new JsonObject()
              .addText("node", node.store().origin().node())
              .add("federation", node.store().federation())
              .addText("address", server.address())
              .add("tls", !plain)
              .add("ready", true),
          "node "
              + node.store().origin().node()
              + " is ready at "
              + server.address()
              + (plain ? " without TLS" : ""));
      console.flush();
      if (work) {
        new SharedRuns(
                cairn, node, sync, CoordinatorOptions.defaults().withTakeOverMillis(takeOverMillis))
            .run(stop::await);
      } else {
        stop.await();
      }
      console.note("stopping");
    }
  }

  private GrpcPeerServer start(PeerSync sync, PeerAddress address, Console console) {
    if (!plain) {
      return sync.serve(address, report -> tell(report, console));
    }
    try {
      return sync.servePlain(address, report -> tell(report, console));
    } catch (RefusedException e) {
      throw CommandFailure.usage(
          String.valueOf(e.getMessage()), "leave --no-tls away, or listen on this machine only");
    }
  }

  /** Called by the threads that answer. */
  private static void tell(SyncReport report, Console console) {
    String peer = report.session().peer() == null ? "a peer" : "node " + report.session().peer();
    synchronized (console) {
      if (report.isDone()) {
        console.note(
            peer
                + ": sent "
                + report.sent().records()
                + " records, received "
                + report.received().records());
      } else {
        console.warn(peer + ": the sync ended early: " + report.session().text());
      }
      report.session().contradictions().forEach(console::warn);
    }
  }
}
