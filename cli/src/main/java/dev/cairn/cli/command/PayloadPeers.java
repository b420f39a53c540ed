package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads what people write for where payloads are to be fetched from. */
final class PayloadPeers {
  private PayloadPeers() {}

  private record Call(
      String name, CairnCommand cairn, CairnNode node, Function<PeerSync, SyncReport> dial)
      implements FetchCall {
    @Override
    public SyncReport talk(SessionPart part) {
      return dial.apply(
          new PeerSync(
              node.store(),
              node.peers(),
              cairn.environment().clock(),
              cairn.environment().ticker(),
              () -> part));
    }
  }

  /** Peers by name, address or directory, in the order given. */
  static List<FetchCall> find(CairnCommand cairn, CairnNode node, List<String> texts) {
    List<FetchCall> calls = new ArrayList<>();
    for (String text : texts) {
      calls.add(new Call(text, cairn, node, dial(cairn, node, text)));
    }
    return calls;
  }

  private static Function<PeerSync, SyncReport> dial(
      CairnCommand cairn, CairnNode node, String text) {
    Source source = Sources.find(cairn, text);
    if (source instanceof Source.StoreAt at) {
      return sync -> {
        try (CairnNode other = StoreDirectory.open(at.directory(), cairn.environment().clock())) {
          return sync.with(other.store(), false, false);
        }
      };
    }
    if (source instanceof Source.BundleFile bundle) {
      throw CommandFailure.usage(
          bundle.file() + " is a file", "take a bundle with 'cairn bundle apply'");
    }
    if (PeerPlaces.isAddress(text)) {
      PeerAddress address = PeerPlaces.address(cairn, text);
      return sync -> sync.dial(address, false, false);
    }
    Peer named = PeerPlaces.named(node.peers(), text);
    return sync -> sync.dial(named, false, false);
  }
}
