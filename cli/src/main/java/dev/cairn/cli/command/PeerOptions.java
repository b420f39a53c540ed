package dev.cairn.cli.command;

import java.util.Collection;
import java.util.List;
import picocli.CommandLine.Mixin;

/** The options of commands that copy a peer, of which this machine need know nothing. */
final class PeerOptions {
  @Mixin private final FederationOption federation = new FederationOption();

  @Mixin private final RoomOption room = new RoomOption();

  /** Refuses what cannot be. */
  void check() {
    federation.check();
    room.check();
  }

  /**
   * Where a peer is to be found.
   *
   * @param sources all that the command was given; they say of which federation it is, if no option
   *     does
   */
  PeerPlaces.Place find(CairnCommand cairn, Source.Peer peer, Collection<Source> sources) {
    return federation.find(cairn, peer, sources);
  }

  /** The same, for a peer that is the only source. */
  PeerPlaces.Place find(CairnCommand cairn, Source.Peer peer) {
    return find(cairn, peer, List.of());
  }

  /** What bounds the copy. */
  RoomOption room() {
    return room;
  }
}
