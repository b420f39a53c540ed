package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreBootstrap;
import dev.cairn.federation.node.StoreCopies;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cairn clone}: another node that begins with what a store holds. */
@Command(
    name = "clone",
    description = {
      "Makes another node, with a fresh key, that begins with all that a store, a backup or a peer",
      "holds. Both go on side by side, and sync as any two nodes do. From a peer it takes a"
          + " snapshot",
      "in bulk; what breaks off is gone on with when the command is given again."
    },
    footer = {
      "",
      "Example: cairn clone .cairn /srv/second",
      "         cairn clone 10.0.0.7:7411 /srv/second"
    })
final class CloneCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(
      index = "0",
      paramLabel = "SRC",
      description = "A store, a backup, or a peer's name or address.")
  private String source;

  @Parameters(index = "1", paramLabel = "DIR", description = "Where; nothing may be there.")
  private String directory;

  @Mixin private final FederationOption federation = new FederationOption();

  CloneCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    federation.check();
    Path place = cairn.path(directory);
    if (isPeer()) {
      return fromPeer(place);
    }
    Path from = cairn.path(source);
    if (!StoreDirectory.isStore(from)) {
      Path inside = from.resolve(StoreDirectory.CONVENTIONAL_NAME);
      if (!StoreDirectory.isStore(inside)) {
        throw CommandFailure.unfinished("no store at " + from, "name a store, a backup or a peer");
      }
      from = inside;
    }
    Path found = from;
    Console console = cairn.console();
    try {
      CopyProgress.watch(
          console,
          "clone",
          CopyProgress.bytes(found),
          making -> {
            NodeId unused = StoreCopies.clone(found, place, cairn.environment().clock(), making);
          });
    } catch (RefusedException e) {
      throw CommandFailure.unfinished(String.valueOf(e.getMessage()), "name another place");
    }
    try (CairnNode node = StoreDirectory.open(place, cairn.environment().clock())) {
      console.result(
          Describe.store(node.store()).addText("store", place),
          node.store().origin().node().toString());
    }
    return ExitCode.DONE.status();
  }

  /** True for an address, and for a name that the store here knows, unless a file has it. */
  private boolean isPeer() {
    if (source.startsWith(PeerAddress.UNIX_PREFIX)) {
      return true;
    }
    if (Files.exists(cairn.path(source)) || source.contains("/")) {
      return false;
    }
    if (PeerPlaces.isAddress(source) || !cairn.hasStore()) {
      return PeerPlaces.isAddress(source);
    }
    try (CairnNode node = cairn.open(Access.LOOK)) {
      return node.peers().find(source).isPresent();
    }
  }

  private int fromPeer(Path place) {
    Console console = cairn.console();
    PeerPlaces.Place peer = federation.find(cairn, new Source.Peer(source), List.of());
    long start = cairn.environment().ticker().nanos();
    StoreBootstrap.Result result;
    CloneProgress progress = new CloneProgress();
    try {
      result =
          console.watching(
              progress,
              () ->
                  StoreBootstrap.run(
                      place,
                      peer.federation(),
                      (self, part) -> talk(peer, self, part),
                      cairn.environment().clock(),
                      progress));
    } catch (UnavailableException e) {
      throw CommandFailure.unfinished(
          String.valueOf(e.getMessage()),
          "give the command again: it goes on with what came to " + StoreBootstrap.draft(place),
          e);
    }
    long nanos = cairn.environment().ticker().nanos() - start;
    try (CairnNode node = StoreDirectory.open(place, cairn.environment().clock())) {
      console.result(
          Describe.store(node.store())
              .addText("store", place)
              .addText("snapshot", result.snapshot().key())
              .add(
                  "received",
                  new JsonObject().add("records", result.records()).add("bytes", result.bytes()))
              .addSeconds("seconds", nanos),
          node.store().origin().node().toString());
    }
    return ExitCode.DONE.status();
  }

  private SyncReport talk(PeerPlaces.Place peer, Store self, SessionPart part) {
    TlsIdentity identity = new TlsIdentity(self.signingKey(), cairn.environment().clock());
    return new StoreSync(
            self,
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            cairn.environment().ticker(),
            () -> List.of(part))
        .initiate(peer.connect(identity), false, false, peer.pin());
  }
}
