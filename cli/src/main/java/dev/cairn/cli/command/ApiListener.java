package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.peers.ShardRouter;
import dev.cairn.federation.transport.PeerAddress;

/** The API of a node that serves, on an address of its own. */
final class ApiListener {
  private ApiListener() {}

  /**
   * What clients may use.
   *
   * @param enforceRange whether puts that belong to other members are refused, not passed on
   */
  static ApiOffer offer(CairnCommand cairn, CairnNode node, boolean enforceRange) {
    Environment environment = cairn.environment();
    return new ApiOffer(
        node.store(),
        node.graph(),
        node.executor(),
        AccessPolicy.OWNER,
        environment.ticker(),
        new ShardRouter(
            node.store(), node.peers(), environment.clock(), environment.ticker(), enforceRange));
  }

  /**
   * Does something while clients can call.
   *
   * @param plain without TLS over TCP as well; a Unix socket, which only its owner can open, has
   *     none
   */
  static void during(
      CairnCommand cairn,
      CairnNode node,
      PeerAddress listen,
      boolean plain,
      ApiOffer offer,
      Runnable work) {
    Console console = cairn.console();
    PeerSync sync =
        new PeerSync(
            node.store(), node.peers(), cairn.environment().clock(), cairn.environment().ticker());
    boolean withoutTls = plain || listen instanceof PeerAddress.Unix;
    try (GrpcPeerServer server = start(sync, listen, withoutTls, offer)) {
      console.note("API at " + server.address() + (withoutTls ? " without TLS" : ""));
      work.run();
    }
  }

  private static GrpcPeerServer start(
      PeerSync sync, PeerAddress listen, boolean withoutTls, ApiOffer offer) {
    try {
      return sync.serveApi(listen, withoutTls, offer, report -> {});
    } catch (RefusedException e) {
      throw CommandFailure.usage(
          String.valueOf(e.getMessage()), "leave --no-tls away, or offer it on this machine only");
    }
  }
}
