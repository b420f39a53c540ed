package dev.cairn.federation.brick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchStore;
import dev.cairn.federation.fetch.PayloadFetcher;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BricksTest {
  private static final int SIDE = 6;
  private static final long EDGE = 10;

  private static SyncReport talk(Store store, TestNode other, SessionPart part, boolean receives) {
    return new StoreSync(
            store,
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            Ticker.system(),
            () -> List.of(part))
        .with(
            other.store(),
            List.of(FetchPart.answering(FetchStore.of(other.store()))),
            false,
            receives);
  }

  private static FetchCall peer(Store store, TestNode other) {
    return new FetchCall() {
      @Override
      public String name() {
        return "other";
      }

      @Override
      public SyncReport talk(SessionPart part) {
        return BricksTest.talk(store, other, part, false);
      }
    };
  }

  /** A cube of bricks, each of another size; every fourth is kept in chunks. */
  private static ArtifactKey scene(TestNode node, List<Long> sizes) {
    List<Brick> bricks = new ArrayList<>();
    for (int x = 0; x < SIDE; x++) {
      for (int y = 0; y < SIDE; y++) {
        for (int z = 0; z < SIDE; z++) {
          int number = bricks.size();
          int size = number % 40 == 0 ? 200_000 + number : 1_000 + number;
          ArtifactKey key = node.putLarge(size, number);
          bricks.add(
              new Brick(
                  new Box(
                      x * EDGE, y * EDGE, z * EDGE, (x + 1) * EDGE, (y + 1) * EDGE, (z + 1) * EDGE),
                  key));
          sizes.add((long) size);
        }
      }
    }
    return node.put(BrickManifest.TYPE, BrickManifest.of(bricks).encode());
  }

  @Test
  void onlyTheBricksThatMeetTheViewAreFetchedAndTheirBytesAreAllThatComes() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      List<Long> sizes = new ArrayList<>();
      ArtifactKey key = scene(a, sizes);
      talk(b.store(), a, FetchPart.headersOnly(FetchStore.of(b.store())), true).orThrow();
      assertThatThrownBy(() -> new Bricks(b.store()).manifest(key))
          .isInstanceOf(dev.cairn.asl.error.UnavailableException.class);
      BrickManifest manifest = new Bricks(a.store()).manifest(key);
      assertThat(manifest.bricks()).hasSize(SIDE * SIDE * SIDE);
      Bricks bricks = new Bricks(b.store());
      // x at least 45, z at most 25: the last two of six layers, and three of six.
      Frustum view = Frustum.parse("1,0,0,-45;0,0,-1,25;0,1,0,0;0,-1,0,60;-1,0,0,60;0,0,1,0");
      Bricks.Result seen = bricks.query(manifest, view, List.of());
      assertThat(seen.meeting()).hasSize(2 * SIDE * 3).isEqualTo(seen.missing());
      assertThat(seen.fetchedBytes()).isZero();
      long due = bytes(manifest, seen.meeting(), sizes);
      Bricks.Result first = bricks.query(manifest, view, List.of(peer(b.store(), a)));
      assertThat(first.failures()).isEmpty();
      assertThat(first.missing()).isEmpty();
      assertThat(first.fetchedBytes()).isEqualTo(due);
      assertThat(bricks.query(manifest, view, List.of(peer(b.store(), a))).fetchedBytes())
          .as("what is here does not come again")
          .isZero();
      for (Brick brick : manifest.bricks()) {
        assertThat(bricks.isHere(brick)).isEqualTo(first.meeting().contains(brick));
      }
      Frustum wider = Frustum.parse("1,0,0,-35;0,0,-1,25");
      Bricks.Result more = bricks.query(manifest, wider, List.of(peer(b.store(), a)));
      assertThat(more.fetchedBytes()).isEqualTo(bytes(manifest, more.meeting(), sizes) - due);
      assertThat(bricks.query(manifest, Frustum.parse("1,0,0,-61"), List.of()).meeting()).isEmpty();
    }
  }

  private static long bytes(BrickManifest manifest, List<Brick> asked, List<Long> sizes) {
    // The scene was made in the manifest's order.
    return asked.stream().mapToLong(brick -> sizes.get(manifest.bricks().indexOf(brick))).sum();
  }

  @Test
  void whatIsNoManifestOrNamesWhatNobodyHasIsToldAndNothingIsFetched() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      Bricks bricks = new Bricks(a.store());
      ArtifactKey text = a.put("no manifest");
      assertThatThrownBy(() -> bricks.manifest(text)).isInstanceOf(RefusedException.class);
      ArtifactKey broken = a.put(BrickManifest.TYPE, Bytes.utf8("no manifest either"));
      assertThatThrownBy(() -> bricks.manifest(broken)).isInstanceOf(MalformedException.class);
      ArtifactKey nowhere = ArtifactKey.of(Bytes.utf8("nowhere"), null);
      assertThatThrownBy(() -> bricks.manifest(nowhere)).isInstanceOf(NotFoundException.class);
      Brick unknown = new Brick(new Box(0, 0, 0, 1, 1, 1), nowhere);
      Bricks.Result result =
          bricks.query(
              new BrickManifest(List.of(unknown)),
              Frustum.parse("1,0,0,0"),
              List.of(peer(a.store(), b)));
      assertThat(result.missing()).containsExactly(unknown);
      assertThat(result.fetchedBytes()).isZero();
    }
  }

  @Test
  void aPayloadIsFetchedThoughTheLatestRecordStatesAnother() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey key = ann.putLarge(300_000, 1);
      ArtifactKey plain = ann.putLarge(300_000, 2);
      talk(bob.store(), ann, FetchPart.headersOnly(FetchStore.of(bob.store())), true).orThrow();
      bob.takeLie(key);
      PayloadFetcher fetcher = new PayloadFetcher(bob.store(), List.of(peer(bob.store(), ann)));
      PayloadFetcher.Result result = fetcher.fetch(List.of(key, plain));
      assertThat(result.kept()).isEqualTo(2);
      assertThat(result.failures()).isEmpty();
      for (ArtifactKey each : List.of(key, plain)) {
        assertThat(bob.store().reader().get(each, 300_000))
            .isEqualTo(ann.store().reader().get(each, 300_000));
      }
      assertThat(fetcher.fetch(List.of(key)).kept()).isZero();
    }
  }
}
