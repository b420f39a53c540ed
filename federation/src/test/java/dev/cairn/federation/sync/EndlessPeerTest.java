package dev.cairn.federation.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.protocol.DeltaReader;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.transport.LinkUse;
import dev.cairn.federation.transport.PeerLink;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Peers that never come to an end, and a store with so much room on its disk. */
@Timeout(120)
class EndlessPeerTest {
  private static final long ROOM = 32L << 20;
  private static final int PAYLOADS_A_ROUND = 100;
  private static final int PAYLOAD_BYTES = 20_000;

  private final TestNode mallory = new TestNode("mallory");
  private final Random random = new Random(1);
  private CairnNode victim;

  @TempDir private Path folder;
  private Room room;

  @BeforeEach
  void open() {
    NodeId unused = StoreDirectory.init(folder.resolve("victim"), "test");
    victim = StoreDirectory.open(folder.resolve("victim"), WallClock.system(), Plausibility.ANY);
  }

  @AfterEach
  void close() {
    victim.close();
    mallory.close();
  }

  private SyncReport pull(Supplier<PeerMessage> said) {
    Store store = victim.store();
    room = new Room(store::bytesOnDisk, ROOM);
    return new StoreSync(store, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .within(room)
        .initiate(new Talking(said), false, true, null);
  }

  private void assertEnded(SyncReport report) {
    assertThat(report.session().reason()).isEqualTo(Reason.LIMIT);
    assertThat(room.isPassed()).isTrue();
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(mallory.origin().node().toString())
        .hasMessageContaining("takes more room than the " + ROOM + " bytes that it may");
    assertThat(victim.store().bytesOnDisk()).isBetween(ROOM, 2 * ROOM);
  }

  @Test
  void aLogThatNeverEndsIsGivenUp() {
    Rounds rounds = new Rounds(Integer.MAX_VALUE);
    assertEnded(pull(rounds::next));
    assertThat(victim.store().heads()).as("what was verified stays").isNotEmpty();
  }

  @Test
  void aPayloadThatNeverEndsIsGivenUp() {
    PayloadDigest digest = PayloadDigest.of(Bytes.utf8("never"));
    long[] offset = new long[1];
    SyncReport report =
        pull(
            () -> {
              Bytes data = bytes(ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX);
              PayloadPiece piece = new PayloadPiece(digest, Long.MAX_VALUE, offset[0], data);
              offset[0] += data.length();
              return piece;
            });
    assertEnded(report);
    assertThat(victim.store().heads()).isEmpty();
  }

  @Test
  void payloadsThatNoRecordNamesAreGivenUp() {
    SyncReport report =
        pull(
            () -> {
              Bytes data = bytes(ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX);
              return new PayloadPiece(PayloadDigest.of(data), data.length(), 0, data);
            });
    assertEnded(report);
  }

  @Test
  void aLogThatEndsInTimeIsTaken() {
    Rounds rounds = new Rounds(3);
    SyncReport report = pull(rounds::next).orThrow();
    assertThat(report.received().records()).isEqualTo(3L * PAYLOADS_A_ROUND);
    assertThat(victim.store().bytesOnDisk()).isBetween(3L * PAYLOADS_A_ROUND * PAYLOAD_BYTES, ROOM);
  }

  private Bytes bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  /** A log that grows while it is sent. */
  private final class Rounds {
    private final ArrayDeque<PeerMessage> ready = new ArrayDeque<>();
    private List<CursorEntry> sent = List.of();
    private int left;
    private long records;
    private long commits;
    private long payloads;
    private boolean introduced;

    Rounds(int count) {
      this.left = count;
    }

    PeerMessage next() {
      while (ready.isEmpty()) {
        if (left-- == 0) {
          return new DeltaEnd(commits, records, payloads);
        }
        for (int i = 0; i < PAYLOADS_A_ROUND; i++) {
          mallory.putLarge(PAYLOAD_BYTES, random.nextLong());
        }
        mallory.store().signHead();
        try (DeltaReader delta = new DeltaReader(mallory.replica(), sent, Optional.empty())) {
          for (PeerMessage m = delta.next(); m != null; m = delta.next()) {
            if (m instanceof DeltaEnd end) {
              records += end.records();
              commits += end.commits();
              payloads += end.payloads();
            } else if (!(m instanceof OriginInfo) || !introduced) {
              introduced |= m instanceof OriginInfo;
              ready.add(m);
            }
          }
          sent = delta.reached();
        }
      }
      return ready.remove();
    }
  }

  /** Says hello, then what it has to say, whatever it hears but a goodbye. */
  private final class Talking implements PeerLink {
    private final Supplier<PeerMessage> said;
    private final List<PeerMessage> heard = new ArrayList<>();
    private boolean greeted;
    private boolean ended;
    private long frames;

    Talking(Supplier<PeerMessage> said) {
      this.said = said;
    }

    private boolean hasLeft() {
      return heard.stream().anyMatch(Goodbye.class::isInstance);
    }

    @Override
    public @Nullable NodeId authenticatedPeer() {
      return null;
    }

    @Override
    public LinkUse use() {
      return new LinkUse(frames, 0);
    }

    @Override
    public String address() {
      return "mallory";
    }

    @Override
    public boolean ready() {
      return true;
    }

    @Override
    public void send(PeerMessage message) {
      heard.add(message);
    }

    @Override
    public Activity await(boolean toSend, long timeoutMillis) {
      return toSend ? Activity.SENDABLE : Activity.RECEIVABLE;
    }

    @Override
    public @Nullable PeerMessage receive(long timeoutMillis) {
      frames++;
      if (!greeted) {
        greeted = true;
        return hello();
      }
      if (ended) {
        return hasLeft() ? new Goodbye(Reason.DONE, "") : null;
      }
      PeerMessage next = said.get();
      ended = next instanceof DeltaEnd;
      return next;
    }

    private Hello hello() {
      return new Hello(
          ProtocolLimits.VERSION,
          ProtocolLimits.VERSION,
          "test",
          mallory.origin().node(),
          mallory.store().signingKey().publicKey(),
          List.of(ProtocolLimits.CODEC_IDENTITY),
          true,
          false,
          List.of());
    }

    @Override
    public void close() {
      ended = true;
    }
  }
}
