package dev.cairn.testkit.finding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.ConflictException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.finding.Acknowledgement;
import dev.cairn.tgk.finding.DanglingPart;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.FindingBatch;
import dev.cairn.tgk.finding.FindingEdges;
import dev.cairn.tgk.finding.FindingFilter;
import dev.cairn.tgk.finding.FindingId;
import dev.cairn.tgk.finding.FindingIndex;
import dev.cairn.tgk.finding.FindingPage;
import dev.cairn.tgk.finding.FindingReader;
import dev.cairn.tgk.finding.FindingStore;
import dev.cairn.tgk.finding.FindingSummary;
import dev.cairn.tgk.finding.Observation;
import dev.cairn.tgk.finding.Occurrence;
import dev.cairn.tgk.finding.OccurrencePage;
import dev.cairn.tgk.finding.RuleId;
import dev.cairn.tgk.finding.Seen;
import dev.cairn.tgk.finding.Severity;
import dev.cairn.tgk.finding.Sighting;
import dev.cairn.tgk.finding.StatedObservation;
import dev.cairn.tgk.finding.StatedOccurrence;
import dev.cairn.tgk.finding.WriteResult;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What {@link FindingStore} does, over stores on some engine. An engine's test is a subclass that
 * says how to open it.
 */
public abstract class FindingStoreContract {
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new FindingIndex());
  private static final String VERSION = "cairn test";
  private static final RuleId PAYLOAD = new RuleId("audit:payload");
  private static final RuleId FORK = new RuleId("audit:fork");
  private static final ArtifactKey A = ArtifactKey.of(Bytes.utf8("a"), null);
  private static final ArtifactKey B = ArtifactKey.of(Bytes.utf8("b"), null);
  private static final Origin ORIGIN = new Origin(new NodeId(A.digest()), 1);
  private static final Finding DAMAGE = finding(PAYLOAD, Severity.ERROR, "sha256:1");
  private static final Finding FORKED = finding(FORK, Severity.MISBEHAVIOUR, "node 1");
  private static final Occurrence HERE = record(DAMAGE, "a", 7, A);
  private static final Occurrence THERE = record(DAMAGE, "b", 7, A);

  private final List<Store> open = new ArrayList<>();
  private final Map<Store, StorageEngine> engines = new LinkedHashMap<>();

  /**
   * Opens an engine over nothing.
   *
   * @param name of the node, another one each time
   * @param tables that it is opened with
   */
  protected abstract StorageEngine openFresh(String name, Set<Table> tables);

  /** Opens what {@code closed}, an engine that has been closed, held. */
  protected abstract StorageEngine openAgain(StorageEngine closed, String name, Set<Table> tables);

  @AfterEach
  final void close() {
    open.forEach(Store::close);
  }

  // ---- a batch

  @Test
  final void aBatchIsThereAsAWholeWithEverythingItSays() {
    Store store = store("one");
    WriteResult result = write(store, batch(10).add(DAMAGE).observe(HERE, "bit 3"));
    assertThat(result).isEqualTo(result(Set.of(DAMAGE.id()), 1, 1, 0, 0));
    assertThat(store.heads().get(0).lastLogseq()).as("one commit").isEqualTo(1);

    FindingSummary listed = only(list(store));
    assertThat(listed.stated().finding()).isEqualTo(DAMAGE);
    assertThat(listed.stated().key()).isEqualTo(DAMAGE.key());
    assertThat(listed.stated().contradictions()).isEmpty();
    assertThat(listed.occurrences()).isEqualTo(1);
    assertThat(listed.firstMillis()).isEqualTo(10);
    assertThat(listed.lastMillis()).isEqualTo(10);
    assertThat(listed.acknowledged()).isFalse();

    StatedOccurrence occurrence = only(occurrences(store, DAMAGE.id()));
    assertThat(occurrence.key()).isEqualTo(HERE.key());
    assertThat(occurrence.occurrence()).isEqualTo(HERE);
    StatedObservation observation = only(occurrence.observations());
    assertThat(observation.observer()).isEqualTo(node(store));
    assertThat(observation.key()).isEqualTo(new Observation(HERE.key(), node(store)).key());
    assertThat(observation.sighting())
        .isEqualTo(new Sighting(Seen.once(10, VERSION, "bit 3"), null));
    assertThat(dangling(store)).isEmpty();
  }

  @Test
  final void recordsThatCallItsPartsSomethingElseHideNoFindingAndBringNoneBack() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).observe(HERE, "bit 3"));
    List<FindingSummary> listed = list(store).findings();
    List<StatedOccurrence> occurrences = occurrences(store, DAMAGE.id());
    SortedSet<ArtifactKey> parts = new TreeSet<>();
    store.now().forEachLive(entry -> parts.add(entry.key()));
    lie(store, "liar", 100, parts);
    assertThat(store.now().live(DAMAGE.key()).orElseThrow().kind()).isEqualTo(RecordKind.ARTIFACT);
    assertThat(list(store).findings()).isEqualTo(listed).hasSize(1);
    assertThat(occurrences(store, DAMAGE.id())).isEqualTo(occurrences);
    assertThat(dangling(store)).isEmpty();

    CommitDraft removal = new CommitDraft();
    parts.forEach(key -> removal.tombstone(key, new TombstoneNote(false, null)));
    store.commit(removal);
    lie(store, "another", 200, parts);
    assertThat(store.now().isLive(DAMAGE.key())).isTrue();
    assertThat(list(store).findings()).isEmpty();
    assertThat(dangling(store)).isEmpty();
  }

  /** Another node's records that keys are some text, of which nobody has the bytes. */
  private static void lie(Store store, String name, long logseq, SortedSet<ArtifactKey> keys) {
    SigningKey liar = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
    Origin origin = new Origin(NodeId.of(liar.publicKey()), 1);
    PayloadDigest nobodys = PayloadDigest.of(Bytes.utf8("nobody's"));
    TypeTag text = new TypeTag("text/plain");
    List<Stretch.Item> items = new ArrayList<>();
    CompactRange log = new CompactRange();
    for (ArtifactKey key : keys) {
      LogRecord record =
          new LogRecord(items.size(), logseq, 1, RecordKind.ARTIFACT, key, text, 7, nobodys);
      items.add(new Stretch.Item(record.encode(), null));
      log.append(TreeHasher.leaf(record.encode()));
    }
    Checkpoint end = new Checkpoint(store.federation(), origin, items.size(), log.root(), logseq);
    store.replicate(new Stretch(origin, liar.publicKey(), 0, items, end.sign(liar)));
  }

  @Test
  final void theSameBatchAgainWritesNothing() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).observe(HERE, "bit 3"));
    long records = records(store);
    WriteResult again = write(store, batch(10).add(DAMAGE).observe(HERE, "bit 3"));
    assertThat(again).isEqualTo(result(Set.of(), 0, 0, 0, 1));
    assertThat(records(store)).isEqualTo(records);
  }

  @Test
  final void aSecondRunObservesTheSameFindingAgainAndReportsNothingNew() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).observe(HERE, "bit 3"));
    long records = records(store);
    WriteResult again = write(store, batch(20).add(DAMAGE).observe(HERE, "bit 4"));
    assertThat(again).isEqualTo(result(Set.of(), 0, 0, 1, 0));
    assertThat(records(store)).as("a sighting and its edge").isEqualTo(records + 2);
    StatedObservation observation = only(only(occurrences(store, DAMAGE.id())).observations());
    assertThat(observation.sighting())
        .isEqualTo(new Sighting(new Seen(10, 20, VERSION, "bit 4"), null));
    assertThat(reader(store).history(observation.key(), 10))
        .extracting(stated -> stated.sighting().seen())
        .containsExactly(new Seen(10, 20, VERSION, "bit 4"), Seen.once(10, VERSION, "bit 3"));
    assertThat(reader(store).history(observation.key(), 1)).hasSize(1);
  }

  @Test
  final void whatIsWrittenIsThereAfterTheStoreWasClosed() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).add(FORKED).observe(HERE, "bit 3"));
    List<FindingSummary> before = list(store).findings();
    Store again = reopen(store, "one");
    assertThat(list(again).findings()).isEqualTo(before);
    assertThat(write(again, batch(10).add(DAMAGE).observe(HERE, "bit 3")).unchanged()).isEqualTo(1);
  }

  @Test
  final void anEarlierViewShowsWhatWasKnownThen() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).observe(HERE, "x"));
    Cut cut = store.cut();
    write(store, batch(20).add(DAMAGE).add(FORKED).observe(HERE, "y").observe(THERE, "z"));
    new FindingStore(store).acknowledge(DAMAGE.id(), acknowledged(30));
    FindingReader then = new FindingStore(store).reader(store.at(cut));
    FindingSummary known = only(then.list(FindingFilter.ALL, null, 10));
    assertThat(known.occurrences()).isEqualTo(1);
    assertThat(known.lastMillis()).isEqualTo(10);
    assertThat(known.acknowledged()).isFalse();
    assertThat(list(store).findings()).hasSize(2);
  }

  // ---- validated whole

  @Test
  final void everyMissingParentIsNamedAndNothingIsWritten() {
    Store store = store("one");
    Occurrence other = record(FORKED, "a", 7, null);
    FindingBatch batch = batch(10).add(finding(PAYLOAD, Severity.ERROR, "sha256:2"));
    batch.add(HERE);
    batch.add(other);
    batch.observe(THERE.key(), "x").observe(A, "x");
    Bytes root = store.stateRoot();
    assertThatThrownBy(() -> write(store, batch))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(DAMAGE.id().toString())
        .hasMessageContaining(FORKED.id().toString())
        .hasMessageContaining(THERE.key().toString())
        .hasMessageContaining(A.toString());
    assertThat(store.stateRoot()).isEqualTo(root);
    assertThat(records(store)).isZero();
  }

  @Test
  final void parentsOfAnEarlierBatchWillDo() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE));
    FindingBatch places = batch(10);
    places.add(HERE);
    assertThat(write(store, places)).isEqualTo(result(Set.of(), 1, 0, 0, 0));
    assertThat(write(store, batch(20).observe(HERE.key(), "x")))
        .isEqualTo(result(Set.of(), 0, 1, 0, 0));
    assertThat(only(only(occurrences(store, DAMAGE.id())).observations()).sighting().seen())
        .isEqualTo(Seen.once(20, VERSION, "x"));
  }

  @Test
  final void anotherSeverityOrMessageForAnIdIsRefusedWithTheFieldAndBothValues() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).observe(HERE, "x"));
    Bytes root = store.stateRoot();
    Finding milder = new Finding(DAMAGE.rule(), Severity.NOTE, DAMAGE.subject(), DAMAGE.message());
    ConflictException severity =
        catchThrowableOfType(
            ConflictException.class,
            () -> write(store, batch(20).add(FORKED).add(milder).observe(THERE, "x")));
    assertThat(severity.field()).isEqualTo("severity");
    assertThat(severity).hasMessageContaining("'error'").hasMessageContaining("'note'");
    assertThat(severity).hasMessageContaining(DAMAGE.id().toString());
    Finding reworded = new Finding(DAMAGE.rule(), DAMAGE.severity(), DAMAGE.subject(), "reworded");
    ConflictException message =
        catchThrowableOfType(ConflictException.class, () -> write(store, batch(20).add(reworded)));
    assertThat(message.field()).isEqualTo("message");
    assertThat(message)
        .hasMessageContaining("'" + DAMAGE.message() + "'")
        .hasMessageContaining("'reworded'");
    assertThatThrownBy(() -> batch(20).add(DAMAGE).add(reworded))
        .isInstanceOf(ConflictException.class);
    assertThat(store.stateRoot()).isEqualTo(root);
    assertThat(list(store).findings()).hasSize(1);
  }

  @Test
  final void aMalformedArtifactOfAnyLayerIsRefusedAtTheDoor() {
    Store store = store("one");
    for (TypeTag type : List.of(Finding.TYPE, Occurrence.TYPE, Observation.TYPE, Sighting.TYPE)) {
      for (Bytes bad : List.of(Bytes.EMPTY, Bytes.utf8("x"), DAMAGE.encode().plus(Bytes.u64(0)))) {
        assertThatThrownBy(() -> store.put(type, bad)).isInstanceOf(MalformedException.class);
      }
    }
    assertThat(records(store)).isZero();
  }

  // ---- acknowledging

  @Test
  final void aFindingIsAcknowledgedWithAReasonUntilItIsSeenElsewhere() {
    Store store = store("one");
    FindingStore findings = new FindingStore(store);
    write(store, batch(10).add(DAMAGE).observe(HERE, "x"));
    assertThat(findings.acknowledge(DAMAGE.id(), acknowledged(15))).isEqualTo(1);
    assertThat(only(list(store)).acknowledged()).isTrue();
    write(store, batch(20).add(DAMAGE).observe(HERE, "y"));
    assertThat(only(list(store)).acknowledged()).as("seen again").isTrue();
    Sighting state = only(only(occurrences(store, DAMAGE.id())).observations()).sighting();
    assertThat(state).isEqualTo(new Sighting(new Seen(10, 20, VERSION, "y"), acknowledged(15)));
    write(store, batch(30).add(DAMAGE).observe(THERE, "y"));
    assertThat(only(list(store)).acknowledged()).as("seen elsewhere").isFalse();
    assertThat(findings.acknowledge(DAMAGE.id(), acknowledged(40))).isEqualTo(1);
    assertThat(only(list(store)).acknowledged()).isTrue();
  }

  @Test
  final void acknowledgingAgainWritesNothingAndWithdrawingTakesItBack() {
    Store store = store("one");
    FindingStore findings = new FindingStore(store);
    write(store, batch(10).add(DAMAGE).observe(HERE, "x").observe(THERE, "x"));
    assertThat(findings.acknowledge(DAMAGE.id(), new Acknowledgement(12, false, "no")))
        .as("nothing to withdraw")
        .isZero();
    assertThat(findings.acknowledge(DAMAGE.id(), acknowledged(15))).isEqualTo(2);
    long records = records(store);
    assertThat(findings.acknowledge(DAMAGE.id(), acknowledged(16))).isZero();
    assertThat(records(store)).isEqualTo(records);
    assertThat(findings.acknowledge(DAMAGE.id(), new Acknowledgement(5, false, "no")))
        .as("whatever the clock says")
        .isEqualTo(2);
    assertThat(only(list(store)).acknowledged()).isFalse();
    assertThat(findings.acknowledge(DAMAGE.id(), acknowledged(15))).isEqualTo(2);
    assertThat(only(list(store)).acknowledged()).isTrue();
  }

  @Test
  final void whatIsNotThereOrWasSeenNowhereIsNotAcknowledged() {
    Store store = store("one");
    FindingStore findings = new FindingStore(store);
    assertThatThrownBy(() -> findings.acknowledge(DAMAGE.id(), acknowledged(1)))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(DAMAGE.id().toString());
    write(store, batch(10).add(DAMAGE));
    assertThatThrownBy(() -> findings.acknowledge(DAMAGE.id(), acknowledged(1)))
        .isInstanceOf(RefusedException.class);
    assertThat(only(list(store)).acknowledged()).isFalse();
    assertThat(only(list(store)).firstMillis()).isNull();
  }

  // ---- reading

  @Test
  final void findingsAreListedInOrderOfIdsPageByPageByWhatIsAskedFor() {
    Store store = store("one");
    FindingBatch batch = batch(10);
    for (int i = 0; i < 23; i++) {
      Finding finding = finding(i % 3 == 0 ? FORK : PAYLOAD, severity(i), "subject " + i);
      batch.add(finding).observe(record(finding, "source " + i % 4, i, null), "x");
    }
    write(store, batch);
    new FindingStore(store).acknowledge(FindingId.of(FORK, "subject 0"), acknowledged(11));
    List<FindingSummary> all = list(store).findings();
    assertThat(all).hasSize(23);
    assertThat(all).extracting(summary -> summary.stated().id()).isSorted();

    for (int limit : new int[] {1, 4, 23, 24}) {
      List<FindingSummary> paged = new ArrayList<>();
      FindingId after = null;
      do {
        FindingPage page = reader(store).list(FindingFilter.ALL, after, limit);
        assertThat(page.findings()).hasSizeLessThanOrEqualTo(limit);
        paged.addAll(page.findings());
        after = page.next();
      } while (after != null);
      assertThat(paged).as("pages of " + limit).isEqualTo(all);
    }
    assertThat(filtered(store, new FindingFilter(FORK, null, null, null, null))).isEqualTo(8);
    assertThat(filtered(store, new FindingFilter(null, severity(1), null, null, null)))
        .isEqualTo(5);
    assertThat(filtered(store, new FindingFilter(null, null, "subject 3", null, null)))
        .isEqualTo(1);
    assertThat(filtered(store, new FindingFilter(null, null, null, "source 1", null))).isEqualTo(6);
    assertThat(filtered(store, new FindingFilter(null, null, null, null, true))).isEqualTo(1);
    assertThat(filtered(store, new FindingFilter(null, null, null, null, false))).isEqualTo(22);
    assertThat(filtered(store, new FindingFilter(FORK, null, null, "source 1", true))).isZero();
  }

  @Test
  final void occurrencesAreGivenInTheirOrderPageByPage() {
    Store store = store("one");
    FindingBatch batch = batch(10).add(DAMAGE);
    List<Occurrence> places = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      places.add(record(DAMAGE, "source " + i % 3, 40 - i, i % 2 == 0 ? A : null));
    }
    Collections.shuffle(places, new Random(2));
    places.forEach(place -> batch.observe(place, "x"));
    write(store, batch);
    Collections.sort(places);
    for (int limit : new int[] {1, 5, 17, 18}) {
      List<Occurrence> paged = new ArrayList<>();
      Occurrence after = null;
      do {
        OccurrencePage page = reader(store).occurrences(DAMAGE.id(), after, limit);
        assertThat(page.occurrences()).hasSizeLessThanOrEqualTo(limit);
        page.occurrences().forEach(stated -> paged.add(stated.occurrence()));
        after = page.next();
      } while (after != null);
      assertThat(paged).as("pages of " + limit).isEqualTo(places);
    }
    assertThat(reader(store).occurrences(FORKED.id(), null, 5).occurrences()).isEmpty();
    assertThatThrownBy(() -> reader(store).occurrences(DAMAGE.id(), null, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> reader(store).list(FindingFilter.ALL, null, FindingReader.PAGE_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  final void aFindingIsFoundByTheBeginningOfItsId() {
    Store store = store("one");
    write(store, batch(1).add(DAMAGE).add(FORKED));
    String id = DAMAGE.id().toString();
    for (int digits : new int[] {6, 7, 16, 63, 64}) {
      assertThat(reader(store).byPrefix(id.substring(0, digits), 2)).containsExactly(DAMAGE.id());
    }
    String other = id.substring(0, 63) + (id.endsWith("0") ? "1" : "0");
    assertThat(reader(store).byPrefix(other, 2)).isEmpty();
    for (String bad : List.of("", "12345", id + "0", "ABCDEF", "xyzxyz")) {
      assertThatThrownBy(() -> reader(store).byPrefix(bad, 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  final void theGraphLeadsFromAFindingToAllThatSpeaksForIt() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).observe(HERE, "x"));
    List<LineageNode> nodes =
        new Graph(store)
            .lineage(List.of(DAMAGE.key()), Direction.UP, LineageOptions.ALL, store.now())
            .nodes();
    assertThat(nodes)
        .extracting(LineageNode::key)
        .containsExactlyInAnyOrder(
            DAMAGE.key(), HERE.key(), A, new Observation(HERE.key(), node(store)).key());
  }

  // ---- several nodes

  @Test
  final void nodesThatFoundTheSameApartHoldTheSameTogether() {
    Store one = store("one");
    Store two = store("two");
    write(one, batch(10).add(DAMAGE).observe(HERE, "x"));
    write(two, batch(20).add(DAMAGE).add(FORKED).observe(HERE, "y").observe(THERE, "z"));
    new FindingStore(two).acknowledge(DAMAGE.id(), acknowledged(30));
    sync(one, two);
    assertSame(one, two);
    FindingSummary damage = find(list(one).findings(), DAMAGE.id());
    assertThat(damage.occurrences()).isEqualTo(2);
    assertThat(damage.firstMillis()).isEqualTo(10);
    assertThat(damage.lastMillis()).isEqualTo(20);
    assertThat(damage.acknowledged()).as("by the other node").isTrue();
    StatedOccurrence here = occurrences(one, DAMAGE.id()).get(0);
    assertThat(here.observations())
        .extracting(StatedObservation::observer)
        .containsExactlyInAnyOrder(node(one), node(two))
        .isSorted();
    new FindingStore(one).acknowledge(DAMAGE.id(), acknowledged(40));
    sync(one, two);
    assertSame(one, two);
  }

  @Test
  final void contradictionsOfNodesApartAreBothHeldAndTheWorseCounts() {
    Store one = store("one");
    Store two = store("two");
    Finding milder = new Finding(DAMAGE.rule(), Severity.NOTE, DAMAGE.subject(), "all is well");
    write(one, batch(10).add(DAMAGE).observe(HERE, "x"));
    write(two, batch(20).add(milder).observe(HERE, "y").observe(THERE, "z"));
    sync(one, two);
    assertSame(one, two);
    FindingSummary both = only(list(one));
    assertThat(both.stated().finding()).isEqualTo(DAMAGE);
    assertThat(both.stated().contradictions()).containsExactly(milder);
    assertThat(both.occurrences()).as("each once").isEqualTo(2);
    assertThat(occurrences(one, DAMAGE.id())).hasSize(2);
    // Each goes on stating what it stated; a third opinion is still refused.
    write(one, batch(30).add(DAMAGE).observe(HERE, "x"));
    write(two, batch(30).add(milder).observe(HERE, "x"));
    Finding third = new Finding(DAMAGE.rule(), Severity.WARNING, DAMAGE.subject(), "hm");
    assertThatThrownBy(() -> write(one, batch(40).add(third)))
        .isInstanceOf(ConflictException.class);
    sync(one, two);
    assertSame(one, two);
    assertThat(new FindingStore(one).remove(DAMAGE.id(), null)).isPositive();
    assertThat(list(one).findings()).isEmpty();
    assertThat(dangling(one)).isEmpty();
  }

  @Test
  final void noNodeSpeaksForAnother() {
    Store one = store("one");
    Store two = store("two");
    write(one, batch(10).add(DAMAGE).observe(HERE, "x"));
    sync(one, two);
    // Node two claims, in node one's slot, that node one acknowledged it, and adds a third node.
    Observation ofOne = new Observation(HERE.key(), node(one));
    Observation ofNobody = new Observation(HERE.key(), new NodeId(B.digest()));
    Sighting forged = new Sighting(Seen.once(99, "forged", "all well"), acknowledged(99));
    put(two, Sighting.TYPE, forged.encode());
    put(two, TypeTag.EDGE, FindingEdges.sighting(ofOne.key(), forged.key()).encode());
    put(two, Observation.TYPE, ofNobody.encode());
    put(two, TypeTag.EDGE, FindingEdges.observation(ofNobody.key(), HERE.key()).encode());
    put(two, TypeTag.EDGE, FindingEdges.sighting(ofNobody.key(), forged.key()).encode());
    sync(one, two);
    assertSame(one, two);
    assertThat(only(list(one)).acknowledged()).isFalse();
    StatedObservation known = only(only(occurrences(one, DAMAGE.id())).observations());
    assertThat(known.observer()).isEqualTo(node(one));
    assertThat(known.sighting()).isEqualTo(new Sighting(Seen.once(10, VERSION, "x"), null));
    write(one, batch(100).add(DAMAGE).observe(HERE, "y"));
    assertThat(only(only(occurrences(one, DAMAGE.id())).observations()).sighting().seen())
        .isEqualTo(new Seen(10, 100, VERSION, "y"));
  }

  @Test
  final void edgesThatOnlyLookLikeOursLeadNowhere() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).add(FORKED).observe(HERE, "x"));
    Observation known = new Observation(HERE.key(), node(store));
    List<Edge> strange =
        List.of(
            FindingEdges.occurrence(HERE.key(), A, FORKED.key()),
            FindingEdges.occurrence(HERE.key(), B, DAMAGE.key()),
            FindingEdges.occurrence(FORKED.key(), null, DAMAGE.key()),
            FindingEdges.observation(known.key(), THERE.key()),
            FindingEdges.sighting(known.key(), HERE.key()),
            FindingEdges.sighting(known.key(), B),
            new Edge(FindingEdges.SIGHTING, List.of(), List.of(Endpoint.of(known.key())), null));
    List<StatedOccurrence> before = occurrences(store, DAMAGE.id());
    for (Edge edge : strange) {
      put(store, TypeTag.EDGE, edge.encode());
      assertThat(occurrences(store, DAMAGE.id())).isEqualTo(before);
      assertThat(occurrences(store, FORKED.id())).isEmpty();
    }
    assertThat(dangling(store)).isEmpty();
  }

  // ---- tombstones

  @Test
  final void aRemovedFindingIsGoneWithAllThatBelongsToItAndComesBackWhenItIsSeenAgain() {
    Store store = store("one");
    write(store, batch(10).add(DAMAGE).add(FORKED).observe(HERE, "x").observe(THERE, "x"));
    write(store, batch(20).add(DAMAGE).observe(HERE, "y"));
    FindingStore findings = new FindingStore(store);
    findings.remove(DAMAGE.id(), "was a mistake of mine");
    assertThat(list(store).findings())
        .extracting(summary -> summary.stated().id())
        .containsExactly(FORKED.id());
    assertThat(occurrences(store, DAMAGE.id())).isEmpty();
    assertThat(dangling(store)).isEmpty();
    assertThatThrownBy(() -> findings.remove(DAMAGE.id(), null))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> write(store, batch(30).observe(HERE.key(), "x")))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(HERE.key().toString());
    assertThat(write(store, batch(40).add(DAMAGE).observe(HERE, "z")))
        .isEqualTo(result(Set.of(DAMAGE.id()), 1, 1, 0, 0));
    assertThat(only(only(occurrences(store, DAMAGE.id())).observations()).sighting().seen())
        .isEqualTo(Seen.once(40, VERSION, "z"));
    assertThat(dangling(store)).isEmpty();
  }

  @Test
  final void whateverSinglePartIsTombstonedNoHalfIsShownAndSeeingItAgainMakesItWhole() {
    Store whole = store("whole");
    write(whole, batch(10).add(DAMAGE).observe(HERE, "x"));
    List<ArtifactKey> parts = new ArrayList<>();
    whole.now().forEachLive(entry -> parts.add(entry.key()));
    assertThat(parts).hasSize(7);
    for (int i = 0; i < parts.size(); i++) {
      Store store = store("part " + i);
      Sighting sighting = new Sighting(Seen.once(10, VERSION, "x"), null);
      Observation known = new Observation(HERE.key(), node(store));
      List<ArtifactKey> own =
          List.of(
              DAMAGE.key(),
              HERE.key(),
              FindingEdges.occurrence(HERE.key(), A, DAMAGE.key()).key(),
              known.key(),
              FindingEdges.observation(known.key(), HERE.key()).key(),
              sighting.key(),
              FindingEdges.sighting(known.key(), sighting.key()).key());
      write(store, batch(10).add(DAMAGE).observe(HERE, "x"));
      store.tombstone(own.get(i), null);
      boolean findingShown = i > 0;
      boolean occurrenceShown = i > 2;
      assertThat(list(store).findings()).as("part " + i).hasSize(findingShown ? 1 : 0);
      List<StatedOccurrence> shown = occurrences(store, DAMAGE.id());
      assertThat(shown).as("part " + i).hasSize(occurrenceShown ? 1 : 0);
      shown.forEach(stated -> assertThat(stated.observations()).isEmpty());
      // A finding may stand alone, and so may an occurrence; what depends on what is gone is named.
      List<DanglingPart> dangling = dangling(store);
      assertThat(dangling).as("part " + i).hasSize(List.of(2, 1, 2, 0, 1, 1, 1).get(i));
      write(store, batch(20).add(DAMAGE).observe(HERE, "y"));
      StatedObservation again = only(only(occurrences(store, DAMAGE.id())).observations());
      assertThat(again.sighting().seen()).as("part " + i).isNotNull();
      assertThat(dangling(store)).as("part " + i).isEmpty();
    }
  }

  @Test
  final void whatOneNodeRemovesWhileAnotherAddsToItIsHiddenOnBothUntilSeenAgain() {
    Store one = store("one");
    Store two = store("two");
    write(one, batch(10).add(DAMAGE).observe(HERE, "x"));
    sync(one, two);
    write(two, batch(20).observe(addTo(two, THERE), "y"));
    write(one, batch(20).add(FORKED));
    write(one, batch(20).add(finding(FORK, Severity.ERROR, "later")));
    write(one, batch(20).add(finding(FORK, Severity.ERROR, "later still")));
    new FindingStore(one).remove(DAMAGE.id(), null);
    sync(one, two);
    assertSame(one, two);
    for (Store store : List.of(one, two)) {
      assertThat(reader(store).finding(DAMAGE.id())).isEmpty();
      assertThat(dangling(store))
          .extracting(DanglingPart::missing)
          .contains("finding " + DAMAGE.id());
    }
    write(two, batch(30).add(DAMAGE).observe(THERE, "y"));
    sync(one, two);
    assertSame(one, two);
    assertThat(occurrences(one, DAMAGE.id()))
        .extracting(StatedOccurrence::occurrence)
        .containsExactly(THERE);
    assertThat(dangling(one)).isEmpty();
  }

  // ---- properties

  @Test
  final void batchesInAnyOrderAndAnyNumberOfTimesComeToTheSameAnswers() {
    for (int seed = 0; seed < 8; seed++) {
      Random random = new Random(seed);
      List<Run> runs = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        runs.add(Run.random(random));
      }
      Store inOrder = store("order " + seed);
      Store shuffled = store("shuffled " + seed);
      runs.forEach(run -> write(inOrder, run.batch()));
      List<Run> again = new ArrayList<>(runs);
      again.addAll(runs.subList(0, 4));
      Collections.shuffle(again, random);
      again.forEach(run -> write(shuffled, run.batch()));
      assertThat(answers(shuffled)).as("seed " + seed).isEqualTo(answers(inOrder));
      assertThat(answers(inOrder)).as("seed " + seed).isEqualTo(Run.answers(runs));
      long records = records(shuffled);
      runs.forEach(run -> write(shuffled, run.batch()));
      assertThat(records(shuffled)).as("all known").isEqualTo(records);
      assertThat(dangling(shuffled)).isEmpty();
    }
  }

  @Test
  final void nodesThatWorkAndSyncAtRandomAgreeInTheEnd() {
    for (int seed = 0; seed < 3; seed++) {
      Random random = new Random(seed);
      List<Store> nodes = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        nodes.add(store("node " + seed + " " + i));
      }
      for (int step = 0; step < 30; step++) {
        Store store = nodes.get(random.nextInt(nodes.size()));
        List<FindingSummary> known = list(store).findings();
        FindingId some =
            known.isEmpty() ? null : known.get(random.nextInt(known.size())).stated().id();
        switch (random.nextInt(6)) {
          case 0 -> sync(store, nodes.get(random.nextInt(nodes.size())));
          case 1 -> acknowledge(store, some, random);
          case 2 -> remove(store, some);
          default -> write(store, Run.random(random).batch());
        }
        assertWhole(store);
      }
      for (int round = 0; round < 2; round++) {
        nodes.forEach(a -> nodes.forEach(b -> sync(a, b)));
      }
      nodes.forEach(node -> assertSame(nodes.get(0), node));
      nodes.forEach(FindingStoreContract::assertWhole);
    }
  }

  private static void acknowledge(Store store, @Nullable FindingId id, Random random) {
    if (id != null && !occurrences(store, id).isEmpty()) {
      new FindingStore(store)
          .acknowledge(
              id, new Acknowledgement(random.nextInt(50), random.nextBoolean(), "because"));
    }
  }

  private static void remove(Store store, @Nullable FindingId id) {
    if (id != null) {
      new FindingStore(store).remove(id, null);
    }
  }

  /** Nothing is shown without what it belongs to. */
  private static void assertWhole(Store store) {
    for (FindingSummary summary : list(store).findings()) {
      List<StatedOccurrence> shown = occurrences(store, summary.stated().id());
      assertThat((long) shown.size()).isEqualTo(summary.occurrences());
      for (StatedOccurrence stated : shown) {
        assertThat(stated.occurrence().finding()).isEqualTo(summary.stated().id());
        assertThat(reader(store).occurrence(stated.key())).contains(stated);
        for (StatedObservation observation : stated.observations()) {
          assertThat(observation.key())
              .isEqualTo(new Observation(stated.key(), observation.observer()).key());
        }
      }
    }
  }

  /**
   * A run of an audit: which of some subjects it saw, where, and what.
   *
   * @param atMillis when
   * @param sights subject and source to detail
   */
  private record Run(long atMillis, Map<String, String> sights) {
    static Run random(Random random) {
      Map<String, String> sights = new TreeMap<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        sights.put(
            "s" + random.nextInt(4) + "/" + "source " + random.nextInt(3),
            "detail " + random.nextInt(3));
      }
      return new Run(random.nextInt(50), sights);
    }

    FindingBatch batch() {
      FindingBatch batch = FindingStoreContract.batch(atMillis);
      sights.forEach(
          (place, detail) -> {
            Occurrence occurrence = occurrence(place);
            batch.add(finding(place)).observe(occurrence, detail);
          });
      return batch;
    }

    private static Finding finding(String place) {
      return FindingStoreContract.finding(
          PAYLOAD, Severity.ERROR, place.substring(0, place.indexOf('/')));
    }

    private static Occurrence occurrence(String place) {
      return record(finding(place), place.substring(place.indexOf('/') + 1), 1, null);
    }

    /** What a store must answer that was told of these runs, by the definition. */
    static Map<Occurrence, Sighting> answers(List<Run> runs) {
      Map<Occurrence, Sighting> all = new TreeMap<>();
      for (Run run : runs) {
        run.sights.forEach(
            (place, detail) ->
                all.merge(
                    occurrence(place),
                    new Sighting(Seen.once(run.atMillis, VERSION, detail), null),
                    (before, more) -> later(before, more)));
      }
      return all;
    }

    private static Sighting later(Sighting before, Sighting more) {
      Seen a = Objects.requireNonNull(before.seen());
      Seen b = Objects.requireNonNull(more.seen());
      boolean takesB =
          b.lastMillis() > a.lastMillis()
              || (b.lastMillis() == a.lastMillis() && b.detail().compareTo(a.detail()) > 0);
      return new Sighting(
          new Seen(
              Math.min(a.firstMillis(), b.firstMillis()),
              Math.max(a.lastMillis(), b.lastMillis()),
              VERSION,
              takesB ? b.detail() : a.detail()),
          null);
    }
  }

  /** Every occurrence with its one state. */
  private static Map<Occurrence, Sighting> answers(Store store) {
    Map<Occurrence, Sighting> all = new TreeMap<>();
    for (FindingSummary summary : list(store).findings()) {
      for (StatedOccurrence stated : occurrences(store, summary.stated().id())) {
        all.put(stated.occurrence(), only(stated.observations()).sighting());
      }
    }
    return all;
  }

  // ---- what tests are made of

  private static FindingBatch batch(long atMillis) {
    return new FindingBatch(atMillis, VERSION);
  }

  private static Finding finding(RuleId rule, Severity severity, String subject) {
    return new Finding(rule, severity, subject, "the rule " + rule + " is broken");
  }

  private static Severity severity(int number) {
    List<Severity> all = List.of(Severity.values());
    return all.get(number % all.size());
  }

  private static Occurrence record(
      Finding finding, String source, long logseq, @Nullable ArtifactKey canonicalId) {
    return new Occurrence(
        finding.id(), source, ORIGIN, logseq, canonicalId, "record " + logseq + " of it");
  }

  private static Acknowledgement acknowledged(long atMillis) {
    return new Acknowledgement(atMillis, true, "known, being mended");
  }

  private static WriteResult result(
      Set<FindingId> findings, long occurrences, long observations, long refreshed, long same) {
    return new WriteResult(new TreeSet<>(findings), occurrences, observations, refreshed, same);
  }

  private static ArtifactKey addTo(Store store, Occurrence occurrence) {
    FindingBatch batch = batch(1);
    ArtifactKey key = batch.add(occurrence);
    write(store, batch);
    return key;
  }

  private static WriteResult write(Store store, FindingBatch batch) {
    return new FindingStore(store).write(batch);
  }

  private static FindingReader reader(Store store) {
    return new FindingStore(store).reader();
  }

  private static FindingPage list(Store store) {
    return reader(store).list(FindingFilter.ALL, null, FindingReader.PAGE_MAX);
  }

  private static long filtered(Store store, FindingFilter filter) {
    return reader(store).list(filter, null, 100).findings().size();
  }

  private static List<StatedOccurrence> occurrences(Store store, FindingId id) {
    return reader(store).occurrences(id, null, FindingReader.PAGE_MAX).occurrences();
  }

  private static List<DanglingPart> dangling(Store store) {
    return reader(store).dangling(100);
  }

  private static FindingSummary only(FindingPage page) {
    return only(page.findings());
  }

  private static <T> T only(List<T> list) {
    assertThat(list).hasSize(1);
    return list.get(0);
  }

  private static FindingSummary find(List<FindingSummary> list, FindingId id) {
    return list.stream()
        .filter(summary -> summary.stated().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static void put(Store store, TypeTag type, Bytes payload) {
    store.commit(new CommitDraft().put(store.prepare(type, payload)));
  }

  private static NodeId node(Store store) {
    return store.origin().node();
  }

  private static long records(Store store) {
    return store.heads().stream().mapToLong(LogHead::treeSize).sum();
  }

  private static void sync(Store one, Store two) {
    if (one != two) {
      new StoreSync(one, SessionOptions.DEFAULT, ReplicationListener.NONE, () -> 0)
          .with(two, true, true)
          .orThrow();
    }
  }

  private static void assertSame(Store one, Store two) {
    assertThat(two.stateRoot()).isEqualTo(one.stateRoot());
    assertThat(list(two)).isEqualTo(list(one));
    for (FindingSummary summary : list(one).findings()) {
      FindingId id = summary.stated().id();
      assertThat(occurrences(two, id)).isEqualTo(occurrences(one, id));
    }
    assertThat(dangling(two)).isEqualTo(dangling(one));
  }

  private Store store(String name) {
    return open(openFresh(name, tables()), name);
  }

  private Store reopen(Store store, String name) {
    StorageEngine engine = Objects.requireNonNull(engines.get(store));
    store.close();
    open.remove(store);
    return open(openAgain(engine, name, tables()), name);
  }

  private Store open(StorageEngine engine, String name) {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
    Store store =
        Store.open(engine, new StoreConfig("test", key, 1, INDEXES, List.of(), () -> 1_000_000));
    open.add(store);
    engines.put(store, engine);
    return store;
  }

  private static Set<Table> tables() {
    return StoreConfig.tables(INDEXES, List.of());
  }
}
