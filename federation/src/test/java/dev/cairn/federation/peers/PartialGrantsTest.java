package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchStore;
import dev.cairn.federation.fetch.PayloadFetcher;
import dev.cairn.federation.filter.FilterPart;
import dev.cairn.federation.filter.InterestFilter;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStretch;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that may read some artifacts only takes logs in part, over TLS. */
@Timeout(120)
class PartialGrantsTest {
  private static final TypeTag SECRET = new TypeTag("app/secret");
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final NodeId SPOKE = NodeId.of(TestNode.key("spoke").publicKey());

  private final TestNode hub = new TestNode("hub");
  private final PeerBook book = PeerBook.open(hub.store(), WallClock.system());
  private final Store spoke = spoke();
  private FilterPart filtering;
  private GrpcPeerServer server;

  private static Store spoke() {
    List<Table> local = new ArrayList<>(PeerBook.tables());
    local.add(PartialLogs.TABLE);
    return Store.open(
        new MemoryEngine(StoreConfig.tables(TestNode.indexes(), local)),
        new StoreConfig(
            "test", TestNode.key("spoke"), 1, TestNode.indexes(), local, () -> 1_000_000));
  }

  @BeforeEach
  void serve() {
    server =
        new PeerSync(hub.store(), book, WallClock.system(), Ticker.system())
            .serve(PeerAddress.parse("127.0.0.1:0"), report -> {});
  }

  @AfterEach
  void close() {
    server.close();
    hub.close();
    spoke.close();
  }

  private static Grant grant(Set<Right> rights, String... types) {
    return new Grant(new TreeSet<>(rights), new TreeSet<>(List.of(types)), new TreeSet<>());
  }

  private static Grant read(String... types) {
    return grant(EnumSet.of(Right.READ), types);
  }

  private PeerSync dialer(String filter) {
    return new PeerSync(
        spoke,
        PeerBook.open(spoke, WallClock.system()),
        WallClock.system(),
        Ticker.system(),
        () -> FetchPart.answering(FetchStore.of(spoke)),
        () -> {
          filtering =
              filter.isEmpty()
                  ? FilterPart.answering(spoke)
                  : FilterPart.wanting(spoke, InterestFilter.parse(filter));
          return filtering;
        });
  }

  private SyncReport takeInPart(String filter) {
    return dialer(filter).dial(server.address(), true, false);
  }

  private FetchCall fetching() {
    return new FetchCall() {
      @Override
      public String name() {
        return "hub";
      }

      @Override
      public SyncReport talk(SessionPart part) {
        return new PeerSync(
                spoke,
                PeerBook.open(spoke, WallClock.system()),
                WallClock.system(),
                Ticker.system(),
                () -> part)
            .dial(server.address(), false, false);
      }
    };
  }

  private boolean fetches(ArtifactId id) {
    PayloadFetcher.Result unused =
        new PayloadFetcher(spoke, List.of(fetching())).fetchArtifacts(List.of(id));
    return spoke.hasPayload(id.payloadDigest());
  }

  private ArtifactId id(ArtifactKey key) {
    return hub.store().now().told(key).orElseThrow().artifact();
  }

  private List<Boolean> shown() {
    PartialLogs logs = new PartialLogs(spoke);
    logs.verify(hub.origin());
    List<Boolean> held = new ArrayList<>();
    for (long i = 0; i < logs.coverage(hub.origin()).orElseThrow().size(); i++) {
      held.add(logs.at(hub.origin(), i).orElseThrow() instanceof PartialStretch.Held);
    }
    return held;
  }

  @Test
  void ofALogItTakesWhatItMayReadAndLeafHashesOfTheRest() {
    ArtifactKey open = hub.put("open");
    ArtifactKey secret = hub.put(SECRET, Bytes.utf8("hidden"));
    hub.link("prov:used", open, secret);
    hub.remove(secret, false);
    hub.remove(open, false);
    book.grant(SPOKE, read("text/plain"));

    takeInPart("all").orThrow();

    assertThat(shown()).containsExactly(true, false, false, false, true);
    InterestFilter taken = InterestFilter.parse("type:text/plain");
    assertThat(filtering.wanted()).contains(taken);
    assertThat(new PartialLogs(spoke).coverage(hub.origin()).orElseThrow().filter())
        .as("what is held is called what it is")
        .isEqualTo(taken);
    assertThat(spoke.heads()).isEmpty();
    assertThat(hub.heads()).containsOnlyKeys(hub.origin());
  }

  @Test
  void aWiderGrantBringsWhatIsMissingAndANarrowerOneNothingMore() {
    hub.put("open");
    hub.put(SECRET, Bytes.utf8("hidden"));
    book.grant(SPOKE, read("text/plain"));
    takeInPart("kind:artifact").orThrow();
    assertThat(shown()).containsExactly(true, false);

    book.grant(SPOKE, read("text/plain", "app/secret"));
    takeInPart("kind:artifact").orThrow();
    assertThat(shown()).containsExactly(true, true);
    assertThat(filtering.recordsTaken()).isEqualTo(1);

    book.grant(SPOKE, read("app/secret"));
    hub.put("more that is open");
    hub.put(SECRET, Bytes.utf8("more that is hidden"));
    takeInPart("kind:artifact").orThrow();
    assertThat(shown()).containsExactly(true, true, false, true);
  }

  @Test
  void aWholeSyncIsRefusedWithWhatItMayDo() {
    hub.put("open");
    book.grant(SPOKE, grant(EnumSet.of(Right.READ, Right.WRITE), "text/plain"));
    for (boolean sends : List.of(true, false)) {
      SyncReport refused = dialer("").dial(server.address(), sends, true);
      assertThat(refused.session().reason()).isEqualTo(Reason.UNTRUSTED);
      assertThatThrownBy(refused::orThrow)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(SPOKE + " has no grant to read or write whole logs here")
          .hasMessageContaining("the types text/plain")
          .hasMessageContaining("cairn sync --filter");
    }
    assertThat(spoke.heads()).isEmpty();

    spoke.put(TEXT, Bytes.utf8("of the spoke"));
    SyncReport pushed = dialer("").dial(server.address(), true, false);
    assertThat(pushed.session().reason()).isEqualTo(Reason.UNTRUSTED);
    assertThat(pushed.session().text()).contains("no grant to read or write");
    assertThat(hub.heads()).containsOnlyKeys(hub.origin());
  }

  @Test
  void aGrantToWriteSomeArtifactsTakesNoLog() {
    spoke.put(TEXT, Bytes.utf8("of the spoke"));
    book.grant(SPOKE, grant(EnumSet.of(Right.WRITE), "text/plain"));
    SyncReport refused = dialer("").dial(server.address(), true, false);
    assertThatThrownBy(refused::orThrow)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no grant to read or write whole logs here")
        .hasMessageContaining("through the API");
    assertThat(takeInPart("type:text/plain").session().reason()).isEqualTo(Reason.UNTRUSTED);
    assertThat(hub.store().heads()).isEmpty();
  }

  @Test
  void payloadsAreGivenOfWhatItMayReadAlone() {
    ArtifactKey open = hub.put("open");
    ArtifactKey secret = hub.put(SECRET, Bytes.utf8("hidden"));
    ArtifactKey large = hub.putLarge(300_000, 7);
    ArtifactKey both = hub.put(SECRET, Bytes.utf8("under two types"));
    ArtifactKey bothOpen = hub.put("under two types");
    ArtifactKey removed = hub.put("removed");
    hub.remove(removed, false);
    book.grant(SPOKE, read("text/plain"));

    assertThat(fetches(id(secret))).isFalse();
    assertThat(fetches(id(large))).isFalse();
    assertThat(fetches(id(open))).isTrue();
    assertThat(fetches(id(removed))).isTrue();
    assertThat(id(both).payloadDigest()).isEqualTo(id(bothOpen).payloadDigest());
    assertThat(fetches(id(bothOpen))).isTrue();

    book.grant(SPOKE, read("application/octet-stream"));
    assertThat(fetches(id(large))).isTrue();
  }

  @Test
  void aRecordThatLiesOfATypeOpensNoPayload() {
    ArtifactKey secret = hub.put(SECRET, Bytes.utf8("hidden"));
    book.grant(SPOKE, read("text/plain"));
    ArtifactId stated = id(secret);
    hub.takeLie(secret);
    assertThat(hub.store().now().told(secret).orElseThrow().artifact().tag())
        .as("what the latest record says")
        .isEqualTo(TEXT);
    assertThat(fetches(stated)).isFalse();
    book.grant(SPOKE, read("app/secret"));
    assertThat(fetches(stated)).isTrue();
  }

  /** Else whoever may write would decide of which removals others are told. */
  @Test
  void aRecordThatLiesOfATypeShowsNoRemovalAndHidesNone() {
    ArtifactKey secret = hub.put(SECRET, Bytes.utf8("hidden"));
    hub.takeLie(secret);
    hub.remove(secret, false);
    book.grant(SPOKE, read("text/plain"));
    takeInPart("all").orThrow();
    assertThat(shown()).containsExactly(false, false);
    book.grant(SPOKE, read("app/secret"));
    takeInPart("all").orThrow();
    assertThat(shown()).containsExactly(true, true);
  }

  @Test
  void keysAreGrantedByTheirBeginning() {
    List<ArtifactKey> keys = hub.putTogether("numbered ", 60);
    String prefix = keys.get(0).digest().toHex().substring(0, 1);
    book.grant(
        SPOKE,
        new Grant(
            new TreeSet<>(Set.of(Right.READ)), new TreeSet<>(), new TreeSet<>(Set.of(prefix))));

    takeInPart("type:text/plain").orThrow();

    PartialLogs logs = new PartialLogs(spoke);
    long due = keys.stream().filter(key -> key.digest().toHex().startsWith(prefix)).count();
    assertThat(due).isBetween(1L, 30L);
    assertThat(logs.coverage(hub.origin()).orElseThrow().held()).isEqualTo(due);
    PayloadFetcher.Result unused =
        new PayloadFetcher(spoke, List.of(fetching()))
            .fetchArtifacts(keys.stream().map(this::id).toList());
    for (ArtifactKey key : keys) {
      assertThat(spoke.hasPayload(id(key).payloadDigest()))
          .isEqualTo(key.digest().toHex().startsWith(prefix));
    }
  }

  @Test
  void whoMayReadAllAndWriteNothingTakesInPartAndFetches() {
    ArtifactKey key = hub.put("open");
    book.grant(SPOKE, read());
    spoke.put(TEXT, Bytes.utf8("of the spoke"));
    takeInPart("kind:artifact").orThrow();
    assertThat(shown()).as("it may be more one day").containsExactly(true);
    hub.put("more");
    takeInPart("kind:artifact").orThrow();
    assertThat(shown()).containsExactly(true, true);
    takeInPart("all").orThrow();
    assertThat(spoke.head(hub.origin())).as("held as a whole").isPresent();
    assertThat(fetches(id(key))).isTrue();
    assertThat(hub.heads()).containsOnlyKeys(hub.origin());
    SyncReport pushed = dialer("").dial(server.address(), true, false);
    assertThat(pushed.session().text()).contains("no grant to write");
  }
}
