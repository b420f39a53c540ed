package dev.cairn.federation.filter;

import static dev.cairn.federation.filter.PartialLogsTest.fill;
import static dev.cairn.federation.filter.PartialLogsTest.partial;
import static dev.cairn.federation.filter.PartialLogsTest.rows;
import static dev.cairn.federation.filter.PartialLogsTest.widen;
import static dev.cairn.federation.filter.PartialLogsTest.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchStore;
import dev.cairn.federation.fetch.PayloadFetcher;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PartialSettlingTest {
  private static void sync(Store to, TestNode from) {
    new StoreSync(to, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(from.store(), false, true)
        .orThrow();
  }

  private static FetchCall peer(Store store, TestNode other) {
    return new FetchCall() {
      @Override
      public String name() {
        return "other";
      }

      @Override
      public SyncReport talk(SessionPart part) {
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
                false);
      }
    };
  }

  @Test
  void whatTheStoreHoldsAsAWholeIsDroppedWithEveryRowOfIt() {
    for (long seed = 0; seed < 8; seed++) {
      try (TestNode a = worker(seed);
          Store b = partial("b")) {
        fill(a, b, InterestFilterTest.random(new Random(seed), 2));
        PartialLogs logs = new PartialLogs(b);
        assertThat(logs.standing(a.origin())).isEqualTo(PartialStanding.APART);
        assertThat(logs.settle().dropped()).isEmpty();
        a.work(seed + 100, 5);
        sync(b, a);
        assertThat(logs.standing(a.origin())).isEqualTo(PartialStanding.COVERED);
        PartialSettlement settled = logs.settle();
        assertThat(settled.dropped()).containsExactly(a.origin());
        assertThat(settled.forked()).isEmpty();
        assertThat(rows(b, PartialLogs.TABLE)).isEmpty();
      }
    }
  }

  @Test
  void aPartThatIsLongerThanTheStoresLogStays() {
    try (TestNode a = worker(1);
        Store b = partial("b");
        Store early = partial("c")) {
      sync(early, a);
      a.work(77, 10);
      fill(a, b, InterestFilter.parse("kind:edge"));
      Map<Bytes, Bytes> before = rows(b, PartialLogs.TABLE);
      new StoreSync(b, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
          .with(early, false, true)
          .orThrow();
      PartialLogs logs = new PartialLogs(b);
      assertThat(logs.standing(a.origin())).isEqualTo(PartialStanding.LONGER);
      assertThat(logs.settle()).isEqualTo(PartialSettlement.NONE);
      assertThat(rows(b, PartialLogs.TABLE)).isEqualTo(before);
    }
  }

  @Test
  void aLogWithoutHolesIsPromotedOnceThePayloadsThatIndexesNeedAreHere() {
    try (TestNode a = worker(3);
        Store b = partial("b")) {
      fill(a, b, InterestFilter.parse("kind:edge"));
      widen(a, b, InterestFilter.Constant.ALL);
      PartialLogs logs = new PartialLogs(b);
      assertThat(logs.settle()).isEqualTo(PartialSettlement.NONE);
      List<ArtifactId> needed = new ArrayList<>();
      try (PartialRecords records = logs.records(a.origin(), 0)) {
        while (records.next()) {
          LogRecord record = records.record();
          if (!record.isPut() || b.isStructured(record.tag())) {
            needed.add(
                new ArtifactId(
                    record.id(), record.tag(), record.payloadLength(), record.payloadDigest()));
          }
        }
      }
      assertThat(needed).isNotEmpty();
      new PayloadFetcher(b, List.of(peer(b, a))).fetchArtifacts(needed);
      b.revokeKey(a.origin().node(), new TreeMap<>(Map.of(1, 1L)));
      PartialSettlement refused = logs.settle();
      assertThat(refused.promoted()).isEmpty();
      assertThat(refused.refused()).as("a key that is believed no further").hasSize(1);
      b.believeKey(a.origin().node());
      assertThat(logs.settle().promoted()).containsExactly(a.origin());
      assertThat(rows(b, PartialLogs.TABLE)).isEmpty();
      assertThat(b.heads()).hasSize(1);
      assertThat(b.stateRoot()).isEqualTo(a.store().stateRoot());
    }
  }

  @Test
  void aForkBetweenPartAndWholeIsProvenWhicheverIsTheLonger() {
    for (boolean partIsLonger : List.of(true, false)) {
      try (TestNode one = new TestNode("a");
          TestNode two = new TestNode("a");
          Store b = partial("b")) {
        one.work(1, partIsLonger ? 40 : 10);
        two.work(2, partIsLonger ? 10 : 40);
        fill(one, b, InterestFilter.parse("kind:edge"));
        sync(b, two);
        Map<Bytes, Bytes> before = rows(b, PartialLogs.TABLE);
        PartialLogs logs = new PartialLogs(b);
        assertThat(logs.standing(one.origin())).isEqualTo(PartialStanding.FORKED);
        PartialSettlement.Fork fork = logs.settle().forked().get(0);
        assertThat(fork.origin()).isEqualTo(one.origin());
        Evidence evidence = fork.evidence();
        assertThat(evidence).isNotNull();
        assertThat(Evidence.decode(evidence.encoded()).origin()).isEqualTo(one.origin());
        assertThat(b.frozen()).containsExactly(one.origin());
        assertThat(rows(b, PartialLogs.TABLE)).as("both stay").isEqualTo(before);
        assertThat(logs.settle()).as("told once").isEqualTo(PartialSettlement.NONE);
        assertThat(new Auditor(null).audit("b", b).findings())
            .extracting(AuditFinding::kind)
            .contains(AuditFinding.Kind.FORK, AuditFinding.Kind.DIVERGENCE);
      }
    }
  }

  @Test
  void recordsAreFoundByKeyByPayloadAndByPrefixAndNoneInAHole() {
    InterestFilter filter = InterestFilter.parse("type:text/*");
    long found = 0;
    try (TestNode a = worker(6);
        Store b = partial("b")) {
      fill(a, b, filter);
      PartialLogs logs = new PartialLogs(b);
      FilteredLog seen = new FilteredLog(a.store(), filter);
      Map<ArtifactKey, List<LogRecord>> expected = new TreeMap<>();
      TreeSet<ArtifactKey> holes = new TreeSet<>();
      List<PartialStretch.Item> items = seen.next(a.origin(), 0).orElseThrow().items();
      try (RecordCursor records = a.store().records(a.origin(), 0, items.size())) {
        while (records.next()) {
          LogRecord record = records.record();
          if (items.get((int) record.index()) instanceof PartialStretch.Held) {
            expected.computeIfAbsent(record.id(), key -> new ArrayList<>()).add(record);
          } else {
            holes.add(record.id());
          }
        }
      }
      holes.removeAll(expected.keySet());
      for (Map.Entry<ArtifactKey, List<LogRecord>> entry : expected.entrySet()) {
        ArtifactKey key = entry.getKey();
        assertThat(logs.history(key))
            .extracting(HistoryEntry::record)
            .containsExactlyElementsOf(entry.getValue());
        String hex = key.digest().toHex();
        assertThat(logs.byPrefix(hex.substring(0, 63), 10)).containsExactly(key);
        assertThat(logs.byPrefix(hex.substring(0, 8), 10)).containsExactly(key);
        for (LogRecord record : entry.getValue()) {
          if (record.isPut()) {
            assertThat(logs.byPayload(record.payloadDigest())).contains(key);
            found++;
          }
        }
      }
      assertThat(holes).isNotEmpty();
      for (ArtifactKey key : holes) {
        assertThat(logs.history(key)).isEmpty();
        assertThat(logs.byPrefix(key.digest().toHex().substring(0, 12), 10)).isEmpty();
      }
    }
    assertThat(found).isGreaterThan(10);
  }

  @Test
  void thePayloadOfARecordHeldInPartIsFetchedAndIsThatArtifactsOnly() throws IOException {
    try (TestNode a = new TestNode("a");
        Store b = partial("b")) {
      ArtifactKey small = a.put("a small one");
      ArtifactKey large = a.putLarge(700_000, 5);
      fill(a, b, InterestFilter.Constant.ALL);
      PartialLogs logs = new PartialLogs(b);
      for (ArtifactKey key : List.of(small, large)) {
        LogRecord record = logs.history(key).get(0).record();
        ArtifactId id =
            new ArtifactId(key, record.tag(), record.payloadLength(), record.payloadDigest());
        new PayloadFetcher(b, List.of(peer(b, a))).fetchArtifacts(List.of(id));
        try (InputStream in = b.openPayload(id);
            InputStream theirs = a.store().openPayload(id)) {
          assertThat(in.readAllBytes()).isEqualTo(theirs.readAllBytes());
        }
        // The payload is right for the digest, and is still another artifact's.
        ArtifactId lie =
            new ArtifactId(
                small.equals(key) ? large : small,
                record.tag(),
                record.payloadLength(),
                record.payloadDigest());
        assertThatThrownBy(
                () -> {
                  try (InputStream in = b.openPayload(lie)) {
                    in.readAllBytes();
                  }
                })
            .isInstanceOf(DamagedException.class);
      }
    }
  }

  @Test
  void aRecordThatIsNotTheOneLedToIsNeverShownAndIsFoundByEveryCheck() {
    try (TestNode a = new TestNode("a");
        Store b = partial("b")) {
      ArtifactKey key = a.put("one");
      a.put("two");
      fill(a, b, InterestFilter.Constant.ALL);
      PartialLogs logs = new PartialLogs(b);
      PayloadDigest payload = logs.history(key).get(0).record().payloadDigest();
      Map<Bytes, Bytes> sound = rows(b, PartialLogs.TABLE);
      int tried = 0;
      for (Map.Entry<Bytes, Bytes> row : sound.entrySet()) {
        int kind = row.getKey().at(0);
        if (kind == 1 || kind >= 3) {
          byte[] flipped = row.getValue().toArray();
          flipped[flipped.length - 1] ^= 1;
          write(b, row.getKey(), Bytes.wrap(flipped));
          assertThatThrownBy(() -> logs.verify(a.origin())).isInstanceOf(DamagedException.class);
          assertThat(PartialLogs.check(b.rows(), "test").damaged()).containsOnlyKeys(a.origin());
          assertThat(new Auditor(null).audit("b", b).findings()).isNotEmpty();
          write(b, row.getKey(), row.getValue());
          tried++;
        }
      }
      assertThat(tried).isEqualTo(6);
      assertThat(PartialLogs.check(b.rows(), "test"))
          .isEqualTo(new PartialLogs.Check(2, Map.of(), Map.of(), 0));
      Bytes place = sound.keySet().stream().filter(k -> k.at(0) == 1).findFirst().orElseThrow();
      write(b, place, sound.get(place).plus(Bytes.utf8("x")));
      assertThatThrownBy(() -> logs.history(key)).isInstanceOf(DamagedException.class);
      assertThatThrownBy(() -> logs.byPayload(payload)).isInstanceOf(DamagedException.class);
      b.writeLocal(PartialLogs.removal(b.rows(), a.origin()), Durability.SYNCED);
      assertThat(rows(b, PartialLogs.TABLE)).isEmpty();
    }
  }

  @Test
  void aRowWhoseKeyIsNoLogsIsFoundBesideTheOthersAndIsRemovedAlone() {
    try (TestNode a = new TestNode("a");
        TestNode c = new TestNode("c");
        Store b = partial("b")) {
      a.put("one");
      a.put("two");
      c.put("three");
      fill(a, b, InterestFilter.Constant.ALL);
      fill(c, b, InterestFilter.Constant.ALL);
      Map<Bytes, Bytes> sound = rows(b, PartialLogs.TABLE);
      int tried = 0;
      for (Map.Entry<Bytes, Bytes> row : sound.entrySet()) {
        if (!row.getKey().toHex().contains(a.origin().bytes().toHex())) {
          continue;
        }
        Bytes garbled = row.getKey().slice(0, row.getKey().length() - 1);
        b.writeLocal(
            List.of(
                RowChange.delete(PartialLogs.TABLE, row.getKey()),
                RowChange.put(PartialLogs.TABLE, garbled, row.getValue())),
            Durability.SYNCED);
        PartialLogs.Check check = PartialLogs.check(b.rows(), "test");
        assertThat(check.strays()).containsOnlyKeys(garbled);
        assertThat(check.strays().get(garbled)).contains(garbled.toHex(), "federation.partial");
        if (row.getKey().at(0) != 2) {
          assertThat(check.damaged()).containsOnlyKeys(a.origin());
        }
        // Its rows go, but for the one that is no log's; and none of another log.
        Map<Bytes, Bytes> before = rows(b, PartialLogs.TABLE);
        b.writeLocal(PartialLogs.removal(b.rows(), c.origin()), Durability.SYNCED);
        assertThat(rows(b, PartialLogs.TABLE)).containsKey(garbled);
        before.forEach((key, value) -> write(b, key, value));
        b.writeLocal(List.of(RowChange.delete(PartialLogs.TABLE, garbled)), Durability.SYNCED);
        write(b, row.getKey(), row.getValue());
        tried++;
      }
      assertThat(tried).isEqualTo(8);
      write(b, Bytes.fromHex("09"), Bytes.EMPTY);
      assertThat(PartialLogs.check(b.rows(), "test").strays())
          .containsOnlyKeys(Bytes.fromHex("09"));
    }
  }

  @Test
  void aHeadOfAnUnknownVersionIsDamage() {
    try (TestNode a = new TestNode("a");
        Store b = partial("b")) {
      a.put("one");
      fill(a, b, InterestFilter.Constant.ALL);
      Map.Entry<Bytes, Bytes> head =
          rows(b, PartialLogs.TABLE).entrySet().stream()
              .filter(row -> row.getKey().at(0) == 0)
              .findFirst()
              .orElseThrow();
      byte[] later = head.getValue().toArray();
      later[1] = 9;
      write(b, head.getKey(), Bytes.wrap(later));
      assertThat(PartialLogs.check(b.rows(), "test").damaged().get(a.origin()))
          .contains("federation.partial", "version 9");
    }
  }

  private static void write(Store store, Bytes key, Bytes value) {
    store.writeLocal(List.of(RowChange.put(PartialLogs.TABLE, key, value)), Durability.SYNCED);
  }

  @Test
  void aStoreWithoutTheTableHoldsNothingInPart() {
    try (TestNode a = worker(1)) {
      PartialLogs logs = new PartialLogs(a.store());
      assertThat(logs.coverage()).isEmpty();
      assertThat(logs.settle()).isEqualTo(PartialSettlement.NONE);
      assertThat(logs.byPrefix("abcdef", 5)).isEmpty();
      assertThat(logs.coverage(a.origin())).isEmpty();
    }
  }
}
