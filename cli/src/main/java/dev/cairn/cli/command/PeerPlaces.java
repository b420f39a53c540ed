package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.grpc.GrpcPeerClient;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.KnownNode;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what people write for peers, their addresses and nodes. */
final class PeerPlaces {
  private static final int PREFIX_DIGITS_MIN = 6;

  private PeerPlaces() {}

  /**
   * Where a peer listens, and who it is if that is known.
   *
   * @param address where
   * @param pin the only node that may answer; null for any that is not revoked
   * @param federation that it is taken to be of
   */
  record Place(PeerAddress address, @Nullable NodeId pin, String federation) {
    /** Connects as {@code identity}. */
    PeerLink connect(TlsIdentity identity) {
      return pin == null
          ? GrpcPeerClient.connectEither(address, identity, TrustPolicy.anyNode())
          : GrpcPeerClient.connect(address, identity, TrustPolicy.pinned(pin));
    }
  }

  /** An address; the path of a Unix socket is made absolute. */
  static PeerAddress address(CairnCommand cairn, String text) {
    try {
      if (text.startsWith(PeerAddress.UNIX_PREFIX)) {
        String path = text.substring(PeerAddress.UNIX_PREFIX.length());
        return new PeerAddress.Unix(path.isEmpty() ? path : cairn.path(path).toString());
      }
      return PeerAddress.parse(text);
    } catch (MalformedException e) {
      throw CommandFailure.usage(
          String.valueOf(e.getMessage()), "give HOST:PORT, [IPV6]:PORT or unix:PATH");
    }
  }

  /** True if {@code text} cannot be a peer's name, so that it is meant as an address. */
  static boolean isAddress(String text) {
    return !Peer.isName(text);
  }

  /** The peer of that name. */
  static Peer named(PeerBook book, String name) {
    return book.find(name)
        .orElseThrow(
            () ->
                CommandFailure.negative(
                    "there is no store, file or peer '" + name + "'",
                    "see 'cairn peer list', or add it with 'cairn peer add'"));
  }

  /**
   * Where a source is to be found: by the book of the store to work on, if there is one. That store
   * is closed again.
   *
   * @param told the federation that an address is taken to be of; null for that of the store, else
   *     {@link Federation#DEFAULT_NAME}
   */
  static Place find(CairnCommand cairn, Source.Peer source, @Nullable String told) {
    boolean address = isAddress(source.name());
    if (address && (told != null || !cairn.hasStore())) {
      String federation = told == null ? Federation.DEFAULT_NAME : told;
      return new Place(address(cairn, source.name()), null, federation);
    }
    if (!cairn.hasStore()) {
      throw CommandFailure.unfinished(
          "'" + source.name() + "' is no store, no file and no address",
          "correct it, or name with --store the one that knows a peer of that name");
    }
    try (CairnNode node = cairn.open(Access.LOOK)) {
      String federation = node.store().federation();
      if (address) {
        return new Place(address(cairn, source.name()), null, federation);
      }
      Peer peer = named(node.peers(), source.name());
      return new Place(peer.address(), peer.pin(), federation);
    }
  }

  /**
   * A node: its id, 6 or more leading digits of one that is known, or the name of a pinned peer.
   */
  static NodeId node(PeerBook book, String text) {
    Optional<NodeId> pin = Peer.isName(text) ? book.find(text).map(Peer::pin) : Optional.empty();
    if (pin.isPresent()) {
      return pin.get();
    }
    String digits = text.toLowerCase(Locale.ROOT);
    if (digits.matches("0{64}")) {
      throw CommandFailure.usage("no node has the id " + digits, "give its own");
    }
    if (digits.matches("[0-9a-f]{64}")) {
      return NodeId.parse(digits);
    }
    if (!digits.matches("[0-9a-f]{" + PREFIX_DIGITS_MIN + ",63}")) {
      throw CommandFailure.usage(
          "not a node: '" + text + "'",
          "give its id, 6 digits or more of one in 'cairn peer list', or a pinned peer's name");
    }
    List<NodeId> found =
        book.nodes().stream()
            .map(KnownNode::node)
            .filter(node -> node.toString().startsWith(digits))
            .toList();
    if (found.size() > 1) {
      throw CommandFailure.usage(
          "'" + text + "' fits " + found.size() + " nodes", "give more digits");
    }
    if (found.isEmpty()) {
      throw CommandFailure.negative(
          "no node " + text + " is known", "give its id in full, 64 digits");
    }
    return found.get(0);
  }
}
