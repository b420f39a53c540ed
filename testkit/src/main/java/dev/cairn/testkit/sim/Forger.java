package dev.cairn.testkit.sim;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;

/**
 * A node that signs two logs and shows some peers the one and some the other: production stores
 * under one key, the second of them a copy of the first. It only gives, and heeds no evidence. None
 * of the honest nodes, and no oracle looks at its stores.
 */
final class Forger {
  /** In every so many seeds there is one. */
  static final int ONE_SEED_IN = 2;

  private static final int COMMIT_ITEMS_MAX = 3;
  private static final int FORKS_ONE_ACT_IN = 4;
  private static final int WRITES_ONE_ACT_IN = 3;
  private static final int SHOWS_THE_OTHER_ONE_IN = 32;

  private final World world;
  private final Chance chance;
  private final List<Face> faces = new ArrayList<>();

  /** One of the logs, and where it is kept. */
  private record Face(SimNode node, Truth.TrueLog log) {}

  Forger(World world, SimNode first, Chance chance) {
    this.world = world;
    this.chance = chance;
    open(first);
  }

  /** The key of a seed's forger. */
  static SigningKey key(long seed) {
    return SimNode.key(seed, "forger");
  }

  private void open(SimNode node) {
    node.start();
    faces.add(new Face(node, world.truth().side(node.store())));
  }

  /** True of the stores in which it keeps its logs. */
  boolean isFace(SimNode node) {
    return faces.stream().anyMatch(face -> face.node == node);
  }

  /** Writes to one of its logs, shows one to a peer, or begins the second. */
  void act(SimNode peer) {
    if (faces.size() == 1 && chance.oneIn(FORKS_ONE_ACT_IN)) {
      fork();
    } else if (chance.oneIn(WRITES_ONE_ACT_IN)) {
      write(chance.pick(faces));
    } else {
      show(peer);
    }
  }

  private void fork() {
    SimNode first = faces.get(0).node;
    world.trace().note(SimEvent.LOG_FORKED, first + " at " + faces.get(0).log.size());
    open(first.twin(first + "'"));
  }

  private void write(Face face) {
    Store store = face.node.store();
    CommitDraft draft = new CommitDraft();
    int items = chance.between(1, COMMIT_ITEMS_MAX);
    List<Universe.Piece> pieces =
        chance.oneIn(2) ? world.universe().small() : world.universe().edges();
    List<Universe.Piece> named = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      Universe.Piece piece = chance.pick(pieces);
      if (named.contains(piece)) {
        continue;
      }
      named.add(piece);
      if (chance.oneIn(4)) {
        draft.tombstone(piece.key(), new TombstoneNote(false, null));
      } else {
        draft.attest(store.prepare(piece.tag(), piece.payload()));
      }
    }
    store.commit(draft);
    int records = world.truth().absorb(store, face.log);
    world.trace().line(face.node + " wrote " + records);
  }

  /** Most peers are shown one side only. */
  private void show(SimNode peer) {
    int side = world.nodes().indexOf(peer) + (chance.oneIn(SHOWS_THE_OTHER_ONE_IN) ? 1 : 0);
    Face face = faces.get(side % faces.size());
    if (face.log.size() > 0) {
      world.trace().note(SimEvent.FORGED_LOG_SHOWN, face.node + " to " + peer);
      world.network().sync(Link.between(face.node, peer), face.node, true, false);
    }
  }
}
