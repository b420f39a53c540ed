package dev.cairn.testkit.collision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CollectOptions;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.Main;
import dev.cairn.cli.console.Environment;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.peers.Conflict;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.protocol.ConflictSeen;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One key, two payloads that both hash to it. */
@Timeout(120)
final class CollisionTest {
  private static final int PAYLOAD_BYTES_MAX = 1 << 20;

  @TempDir Path folder;

  @Test
  void theRegistryKnowsNoWeakHashFunctionInProduction() {
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      Set<Bytes> digests = new TreeSet<>();
      for (int i = 0; i < 10_000; i++) {
        digests.add(algorithm.hash(Bytes.utf8("payload " + i)));
      }
      assertThat(digests).as("%s", algorithm).hasSize(10_000);
    }
  }

  @Test
  void allNodesShowOnePayloadKeepBothAndTellOfItInWhateverOrderTheyCame() throws Exception {
    WeakHashes.run(EveryOrder.class, folder);
  }

  @Test
  void aCollisionIsNotPutHereAndGoesWithItsArtifact() throws Exception {
    WeakHashes.run(AtOneNode.class, folder);
  }

  @Test
  void theCommandTellsBothSidesAndGivesNoPayloadForAnother() throws Exception {
    WeakHashes.run(ByCommand.class, folder);
  }

  // ---- what follows runs under the weak hash function

  private static ArtifactId id(Bytes payload) {
    return ArtifactHasher.identify(HashAlgorithm.BLAKE3, payload, new TypeTag("text/plain"));
  }

  /** The {@code number}-th payload with the same key as "contract". */
  private static Bytes payload(int number) {
    Bytes first = Bytes.utf8("contract");
    ArtifactKey key = id(first).key();
    Bytes found = first;
    int tried = 0;
    for (int i = 0; i < number; i++) {
      do {
        found = Bytes.utf8("forgery " + tried++);
      } while (!id(found).key().equals(key));
    }
    assertThat(PayloadDigest.of(found).equals(PayloadDigest.of(first))).isEqualTo(number == 0);
    return found;
  }

  private static void put(Store store, Bytes payload) {
    store.commit(new CommitDraft().put(new PreparedArtifact(id(payload), payload)));
  }

  private static List<String> digests(Bytes... payloads) {
    List<String> digests = new ArrayList<>();
    for (Bytes payload : payloads) {
      digests.add(PayloadDigest.of(payload).toString());
    }
    return digests;
  }

  private static String text(Bytes bytes) {
    return new String(bytes.toArray(), StandardCharsets.UTF_8);
  }

  private static Bytes read(Store store, ArtifactKey key) {
    return store.reader().get(key, PAYLOAD_BYTES_MAX);
  }

  private record Outcome(int code, String out, String err) {}

  private static Outcome run(Path folder, String... command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new Environment(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of("CAIRN_STORE", folder.toString()),
                folder,
                false,
                false,
                WallClock.system(),
                Ticker.system()),
            command);
    return new Outcome(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** A node with its book. */
  private static final class Node implements AutoCloseable {
    final CairnNode node;
    final Store store;

    Node(Path folder) {
      StoreDirectory.init(folder, "test");
      node = StoreDirectory.open(folder);
      store = node.store();
    }

    Node pull(Node other) {
      var report =
          new PeerSync(store, node.peers(), WallClock.system(), Ticker.system())
              .with(other.store, false, true)
              .orThrow();
      assertThat(report.conflicts()).isZero();
      return this;
    }

    List<Conflict> conflicts() {
      return node.peers().conflicts().list();
    }

    @Override
    public void close() {
      node.close();
    }
  }

  /** Two nodes put different payloads of one key, others take both in every order. */
  static final class EveryOrder implements WeakHashes.Scenario {
    @Override
    public void play(Path folder) {
      Bytes contract = payload(0);
      Bytes forgery = payload(1);
      ArtifactKey key = id(contract).key();
      try (Node ann = new Node(folder.resolve("ann"));
          Node bob = new Node(folder.resolve("bob"));
          Node annFirst = new Node(folder.resolve("ann-first"));
          Node bobFirst = new Node(folder.resolve("bob-first"));
          Node third = new Node(folder.resolve("third"))) {
        put(ann.store, contract);
        put(bob.store, forgery);
        annFirst.pull(ann).pull(bob);
        bobFirst.pull(bob).pull(ann);
        third.pull(annFirst);
        ann.pull(bob);
        bob.pull(bobFirst);

        LiveEntry shown = ann.store.now().live(key).orElseThrow();
        boolean isContract = shown.artifact().payloadDigest().equals(PayloadDigest.of(contract));
        Bytes winner = isContract ? contract : forgery;
        assertThat(shown.origin())
            .as("of two at one logseq the greater origin's, by the total order")
            .isEqualTo(isContract ? ann.store.origin() : bob.store.origin())
            .isEqualTo(
                ann.store.origin().compareTo(bob.store.origin()) > 0
                    ? ann.store.origin()
                    : bob.store.origin());
        for (Node node : List.of(ann, bob, annFirst, bobFirst, third)) {
          Store store = node.store;
          assertThat(store.stateRoot()).isEqualTo(ann.store.stateRoot());
          assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
          assertThat(read(store, key)).isEqualTo(winner);
          assertThat(store.payload(PayloadDigest.of(contract), PAYLOAD_BYTES_MAX))
              .isEqualTo(contract);
          assertThat(store.payload(PayloadDigest.of(forgery), PAYLOAD_BYTES_MAX))
              .isEqualTo(forgery);
          assertThat(store.absentPayloads(null, 10)).isEmpty();
          assertThat(new Auditor(null).audit("it", store).findings()).isEmpty();
          assertTold(node, key, contract, forgery);
          replay(store, winner, key, folder.resolve("replayed-" + store.origin().node()));
        }
      }
      for (String node : List.of("ann", "bob", "ann-first", "bob-first", "third")) {
        Outcome checked = run(folder.resolve(node), "fsck");
        assertThat(checked.code()).as(checked.err()).isZero();
      }
    }

    private static void assertTold(Node node, ArtifactKey key, Bytes contract, Bytes forgery) {
      assertThat(node.conflicts()).hasSize(1);
      Conflict conflict = node.conflicts().get(0);
      assertThat(conflict.seen().kind()).isEqualTo(ConflictSeen.Kind.COLLISION);
      assertThat(conflict.seen().subject()).isEqualTo(key.toString());
      assertThat(List.of(text(conflict.seen().left()), text(conflict.seen().right())))
          .containsExactlyInAnyOrderElementsOf(digests(contract, forgery));
    }

    private static void replay(Store source, Bytes winner, ArtifactKey key, Path folder) {
      try (Node empty = new Node(folder)) {
        assertThat(new Replayer(empty.store).store(source, Optional.empty()).verified()).isTrue();
        assertThat(empty.store.stateRoot()).isEqualTo(source.stateRoot());
        assertThat(read(empty.store, key)).isEqualTo(winner);
      }
    }
  }

  /** What one node does with a second payload of a key, and what becomes of both. */
  static final class AtOneNode implements WeakHashes.Scenario {
    @Override
    public void play(Path folder) {
      Bytes contract = payload(0);
      Bytes forgery = payload(1);
      ArtifactKey key = id(contract).key();
      try (Node ann = new Node(folder.resolve("ann"));
          Node bob = new Node(folder.resolve("bob"))) {
        put(ann.store, contract);
        Bytes before = ann.store.stateRoot();
        assertThatThrownBy(() -> put(ann.store, forgery))
            .isInstanceOf(RefusedException.class)
            .hasMessageContainingAll(digests(contract, forgery).toArray(String[]::new));
        assertThatThrownBy(
                () ->
                    new CommitDraft()
                        .put(new PreparedArtifact(id(contract), contract))
                        .put(new PreparedArtifact(id(forgery), forgery)))
            .hasMessageContaining("collision");
        assertThat(ann.store.stateRoot()).isEqualTo(before);
        put(ann.store, contract);
        assertThat(ann.store.head(ann.store.origin()).orElseThrow().treeSize())
            .as("what is there needs no record")
            .isEqualTo(1);

        // A later put elsewhere takes the name, and a person gives it back.
        put(bob.store, Bytes.utf8("something before"));
        put(bob.store, forgery);
        ann.pull(bob);
        assertThat(read(ann.store, key)).isEqualTo(forgery);
        assertThat(ann.store.byPayload(PayloadDigest.of(forgery))).containsExactly(key);
        assertThat(ann.store.byPayload(PayloadDigest.of(contract)))
            .as("no payload is given for another")
            .isEmpty();
        ann.store.commit(new CommitDraft().tombstone(key, new TombstoneNote(false, "collision")));
        put(ann.store, contract);
        bob.pull(ann);
        for (Node node : List.of(ann, bob)) {
          assertThat(read(node.store, key)).isEqualTo(contract);
          assertThat(node.store.payload(PayloadDigest.of(forgery), PAYLOAD_BYTES_MAX))
              .isEqualTo(forgery);
        }
        assertThat(bob.store.stateRoot()).isEqualTo(ann.store.stateRoot());

        // Once the artifact is removed, no payload of it stays.
        ann.store.commit(new CommitDraft().tombstone(key, new TombstoneNote(false, "both")));
        var collected = ann.store.collect(new CollectOptions(0, Set.of(), false));
        assertThat(collected.payloads()).isEqualTo(2);
        bob.pull(ann);
        bob.store.commit(new CommitDraft().tombstone(key, new TombstoneNote(true, "for good")));
        for (Node node : List.of(ann, bob)) {
          assertThat(node.store.hasPayload(PayloadDigest.of(contract))).isFalse();
          assertThat(node.store.hasPayload(PayloadDigest.of(forgery))).isFalse();
        }
      }
      for (String node : List.of("ann", "bob")) {
        Outcome checked = run(folder.resolve(node), "fsck");
        assertThat(checked.code()).as(checked.err()).isZero();
      }
    }
  }

  /** The same as a person sees it. */
  static final class ByCommand implements WeakHashes.Scenario {
    @Override
    public void play(Path folder) {
      Bytes contract = payload(0);
      Bytes forgery = payload(1);
      ArtifactKey key = id(contract).key();
      Path place = folder.resolve("ann");
      Bytes winner;
      try (Node ann = new Node(place);
          Node bob = new Node(folder.resolve("bob"))) {
        put(ann.store, contract);
        put(bob.store, forgery);
        ann.pull(bob);
        winner = read(ann.store, key);
      }
      Bytes loser = winner.equals(contract) ? forgery : contract;
      Outcome list = run(place, "conflicts", "list");
      assertThat(list.out()).contains("collision").contains(key.toString());
      Outcome show = run(place, "conflicts", "show", "1");
      assertThat(show.out()).contains(digests(contract, forgery));
      assertThat(run(place, "get", key.toString()).out()).isEqualTo(text(winner));
      assertThat(run(place, "get", PayloadDigest.of(winner).toString()).out())
          .isEqualTo(text(winner));
      Outcome other = run(place, "get", PayloadDigest.of(loser).toString());
      assertThat(other.code()).isEqualTo(1);
      assertThat(other.out()).isEmpty();
      for (Outcome checked :
          List.of(run(place, "fsck"), run(place, "audit", folder.resolve("ann").toString()))) {
        assertThat(checked.code()).as(checked.err()).isZero();
      }
    }
  }
}
