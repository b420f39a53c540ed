package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.time.Entropy;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.StopSignal;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.member.MemberKeeper;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.FollowSettings;
import dev.cairn.federation.peers.FollowStatusFile;
import dev.cairn.federation.peers.Followers;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.pel.distributed.CoordinatorOptions;
import dev.cairn.tgk.GraphKeeperThread;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn serve}: the node as a peer that others sync with. */
@Command(
    name = "serve",
    description = {
      "Listens for peers and syncs with each that calls, until it is told to stop by SIGTERM or",
      "SIGINT. Calls the named peers as well, and stays in conversation with each: what one of the",
      "two commits the other has at once. Prints one line when it is ready, with the address and"
          + " the",
      "port that was chosen."
    },
    footer = {
      "",
      "Example: cairn serve --listen 0.0.0.0:7411",
      "         cairn serve --listen unix:/run/cairn.sock --no-tls"
    })
final class ServeCommand implements Callable<Integer> {
  /** How long it rests at most before it looks whether there is something to acknowledge. */
  private static final long LOOK_MILLIS = 60_000;

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
      names = "--api",
      paramLabel = "ADDRESS",
      description = {
        "Offer the API for clients in other languages here as well: unix:PATH for this user alone,"
            + " or",
        "HOST:PORT for nodes that 'cairn peer grant' gives a right, or for all with --no-tls."
      })
  private @Nullable String api;

  @Option(
      names = "--enforce-range",
      description = {
        "With --api: refuse puts whose payloads are outside the range that this node declared to"
            + " hold",
        "('cairn member range'), naming who holds them. Else they are passed on to one of these."
      })
  private boolean enforceRange;

  @Option(
      names = "--work",
      description = {
        "Take part in programs that several nodes run together ('cairn run --distributed'), and"
            + " sync",
        "with the named peers meanwhile."
      })
  private boolean work;

  @Option(
      names = "--take-over",
      paramLabel = "MS",
      description = "With --work: how long to wait for each node before this one. Else 10000.")
  private long takeOverMillis = CoordinatorOptions.defaults().takeOverMillis();

  @Option(
      names = "--no-follow",
      description = "Only answer: call none of the named peers, and keep no conversation open.")
  private boolean noFollow;

  /** What gRPC says; kept here, as levels of loggers that nobody holds are forgotten. */
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  ServeCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    if (!cairn.debug()) {
      GRPC.setLevel(Level.WARNING); // Else it tells of each caller that tries TLS, with a trace.
    }
    PeerAddress address = PeerPlaces.address(cairn, listen);
    if (takeOverMillis < 1) {
      throw CommandFailure.usage(
          "a take-over after " + takeOverMillis + " ms", "give 1 or more with --take-over");
    }
    if (enforceRange && api == null) {
      throw CommandFailure.usage(
          "--enforce-range without --api", "it is for what clients put over the API");
    }
    try (StopSignal stop = new StopSignal()) {
      try (CairnNode node = cairn.open()) {
        if (api == null) {
          serve(node, address, null, stop);
        } else {
          PeerAddress apiAddress = PeerPlaces.address(cairn, api);
          ApiOffer offer = ApiListener.offer(cairn, node, enforceRange);
          ApiListener.during(
              cairn, node, apiAddress, plain, offer, () -> serve(node, address, offer, stop));
        }
      }
      stop.done(ExitCode.DONE);
    }
    return ExitCode.DONE.status();
  }

  @SuppressWarnings("try") // The keeper is only to be closed.
  private void serve(
      CairnNode node, PeerAddress address, @Nullable ApiOffer offer, StopSignal stop) {
    Console console = cairn.console();
    PeerSync sync =
        new PeerSync(
            node.store(), node.peers(), cairn.environment().clock(), cairn.environment().ticker());
    FollowStatusFile said = new FollowStatusFile(node.directory());
    try (GraphKeeperThread keeper = GraphKeeperThread.start(node.graph());
        Followers followers = followers(node, sync, said);
        GrpcPeerServer server = start(sync, followers, address, offer, console)) {
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
      if (!noFollow) {
        followers.start(node.peers().list());
      }
      MemberKeeper members =
          new MemberKeeper(
              new MemberWriter(node.store(), node.peers()::pinned), MemberKeeper.INTERVAL_MILLIS);
      LongPredicate stops =
          millis -> {
            acknowledge(members, console);
            return stop.await(millis);
          };
      if (work) {
        new SharedRuns(
                cairn, node, sync, CoordinatorOptions.defaults().withTakeOverMillis(takeOverMillis))
            .run(stops);
      } else {
        boolean told = false;
        while (!told) {
          told = stops.test(LOOK_MILLIS);
        }
      }
      console.note("stopping");
      // Conversations that are open for ever would hold the server up.
      followers.close();
    } finally {
      said.remove();
    }
  }

  /** What cannot be acknowledged now is tried again at the next look. */
  private void acknowledge(MemberKeeper members, Console console) {
    try {
      MemberWriter.Outcome outcome =
          members.step(TimeUnit.NANOSECONDS.toMillis(cairn.environment().ticker().nanos()));
      if (outcome.written()) {
        String unnamed = MemberText.unnamed(outcome);
        synchronized (console) {
          console.note("acknowledged removals");
          if (unnamed != null) {
            console.warn(unnamed);
          }
        }
      }
    } catch (CairnException e) {
      if (e.advice() == CairnException.Advice.STOP) {
        throw e;
      }
      synchronized (console) {
        console.warn("removals are not acknowledged: " + e.getMessage());
      }
    }
  }

  private Followers followers(CairnNode node, PeerSync sync, FollowStatusFile said) {
    Environment environment = cairn.environment();
    return new Followers(
        node.store(),
        node.peers(),
        sync,
        environment.clock(),
        environment.ticker(),
        Entropy.system(),
        FollowSettings.DEFAULT,
        statuses -> said.write(statuses, environment.clock().millis()));
  }

  private GrpcPeerServer start(
      PeerSync sync,
      Followers followers,
      PeerAddress address,
      @Nullable ApiOffer offer,
      Console console) {
    try {
      if (offer != null && !plain) { // For members that pass puts on.
        return noFollow
            ? sync.serveApi(address, false, offer, report -> tell(report, console))
            : followers.serve(address, offer, report -> tell(report, console));
      }
      if (!noFollow) {
        return followers.serve(address, plain, report -> tell(report, console));
      }
      return plain
          ? sync.servePlain(address, report -> tell(report, console))
          : sync.serve(address, report -> tell(report, console));
    } catch (RefusedException e) {
      if (!plain) {
        throw e;
      }
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
