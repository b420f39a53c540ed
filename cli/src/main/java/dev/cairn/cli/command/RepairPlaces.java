package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.store.RepairSource;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.bootstrap.PeerRepair;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.NodeCheck;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where a repair gets what is missing, as people name it; open while the repair is under way. */
final class RepairPlaces implements AutoCloseable {
  private final List<RepairSource> sources = new ArrayList<>();
  private final List<PeerRepair> peers = new ArrayList<>();
  private final List<Runnable> open = new ArrayList<>();

  private RepairPlaces() {}

  /** A place that was found, and not opened yet. */
  sealed interface Place {}

  private record StoreAt(Path directory) implements Place {}

  private record PeerAt(String name, PeerPlaces.Place place) implements Place {}

  /** Finds all of them; the damaged store is closed again. */
  static List<Place> find(CairnCommand cairn, List<String> texts) {
    return texts.stream().map(text -> find(cairn, text)).toList();
  }

  private static Place find(CairnCommand cairn, String text) {
    Source source = Sources.find(cairn, text);
    if (source instanceof Source.StoreAt at) {
      requireOther(cairn, at.directory());
      return new StoreAt(at.directory());
    }
    if (source instanceof Source.Peer peer) {
      return new PeerAt(text, peer(cairn, peer.name()));
    }
    throw CommandFailure.usage(
        "'" + text + "' is neither a store's directory nor a peer",
        "make a store of a bundle with 'cairn replay FILE --into DIR', and repair from that");
  }

  private static void requireOther(CairnCommand cairn, Path directory) {
    try {
      if (Files.isSameFile(directory, cairn.storeDirectory())) {
        throw CommandFailure.usage("a store cannot be repaired from itself", "name another");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PeerPlaces.Place peer(CairnCommand cairn, String name) {
    if (PeerPlaces.isAddress(name)) {
      return new PeerPlaces.Place(PeerPlaces.address(cairn, name), null, "");
    }
    try (CairnNode node = cairn.open(Access.LOOK)) {
      var named = PeerPlaces.named(node.peers(), name);
      return new PeerPlaces.Place(named.address(), named.pin(), node.store().federation());
    } catch (CairnException e) {
      throw CommandFailure.unfinished(
          "the store is too damaged to say where peer '" + name + "' is",
          "give its address, HOST:PORT or unix:PATH",
          e);
    }
  }

  /** Opens what was found, for a repair. */
  static RepairPlaces open(CairnCommand cairn, List<Place> places, NodeCheck check) {
    RepairPlaces opened = new RepairPlaces();
    boolean whole = false;
    try {
      @Nullable Store scratch = null;
      for (Place place : places) {
        if (place instanceof StoreAt at) {
          CairnNode node = StoreDirectory.openReadOnly(at.directory(), cairn.environment().clock());
          opened.open.add(node::close);
          opened.sources.add(RepairSource.of(node.store()));
        } else if (place instanceof PeerAt at) {
          if (scratch == null) {
            scratch = check.openScratchStore();
            opened.open.add(scratch::close);
          }
          PeerRepair peer = new PeerRepair(new Call(cairn, at, scratch), scratch);
          opened.peers.add(peer);
          opened.sources.add(peer);
        }
      }
      whole = true;
      return opened;
    } finally {
      if (!whole) {
        opened.close();
      }
    }
  }

  /** A conversation with a peer in the name of the damaged store's node. */
  private record Call(CairnCommand cairn, PeerAt at, Store scratch) implements FetchCall {
    @Override
    public String name() {
      return at.name();
    }

    @Override
    public SyncReport talk(SessionPart part) {
      TlsIdentity identity = new TlsIdentity(scratch.signingKey(), cairn.environment().clock());
      return new StoreSync(
              scratch,
              SessionOptions.DEFAULT,
              ReplicationListener.NONE,
              cairn.environment().ticker(),
              () -> List.of(part))
          .initiate(at.place().connect(identity), false, false, at.place().pin());
    }
  }

  /** In the order in which they were named. */
  List<RepairSource> sources() {
    return List.copyOf(sources);
  }

  /** Peers that were given up, and why. */
  SortedMap<String, CairnException> failures() {
    SortedMap<String, CairnException> failures = new TreeMap<>();
    for (PeerRepair peer : peers) {
      peer.failure().ifPresent(failure -> failures.put(peer.name(), failure));
    }
    return failures;
  }

  @Override
  public void close() {
    open.forEach(Runnable::run);
  }
}
