package dev.cairn.testkit.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.Reexecution;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.RunOptions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Plants one damage of each class at a time, by seeds, and demands that an audit as users run it
 * names class, log, logseq and record, and finds nothing in the sound store. {@code
 * cairn.mutation.records}, {@code cairn.mutation.seeds} and {@code cairn.mutation.seed} choose the
 * log's length, how many seeds there are of each class, and the first of them.
 */
@Timeout(value = 6, unit = TimeUnit.HOURS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MutationCampaignTest {
  private static final int RECORDS = Integer.getInteger("cairn.mutation.records", 1_500);
  private static final int SEEDS = Integer.getInteger("cairn.mutation.seeds", 3);
  private static final long FIRST_SEED = Long.getLong("cairn.mutation.seed", 1);

  private Specimen specimen;

  @BeforeAll
  void make() {
    specimen = new Specimen(RECORDS, FIRST_SEED);
  }

  @AfterAll
  void end() {
    specimen.close();
  }

  private static AuditReport audit(List<StorageEngine> engines, List<String> names) {
    List<AuditSource> sources = new ArrayList<>();
    List<Store> opened = new ArrayList<>();
    try {
      for (int i = 0; i < engines.size(); i++) {
        Store store = Specimen.open(engines.get(i), names.get(i), 1);
        opened.add(store);
        sources.add(new AuditSource.OfStore("source " + i, store));
      }
      return new Auditor(new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults()))
          .audit(sources);
    } finally {
      opened.forEach(Store::close);
    }
  }

  @Test
  void aSoundStoreRaisesNoAlarmAloneOrBesideAnother() {
    for (MemoryEngine engine : List.of(specimen.replica, specimen.replicaBefore)) {
      AuditReport report = audit(List.of(engine.copy()), List.of("bob"));
      assertThat(report.findings()).isEmpty();
      assertThat(report.notWhole()).isEmpty();
    }
    AuditReport both =
        audit(List.of(specimen.replica.copy(), specimen.replica.copy()), List.of("bob", "bob"));
    assertThat(both.findings()).isEmpty();
    assertThat(both.verified()).isTrue();
  }

  @Test
  void anAuditChangesNoRowAndNoRecordOfItsSource() {
    MemoryEngine engine = specimen.replica.copy();
    try (Store store =
        Store.openReadOnly(
            engine.share(),
            new StoreConfig(
                "test",
                Specimen.key("bob"),
                1,
                CairnNode.newIndexes(),
                CairnNode.localTables(),
                () -> 1_000_000))) {
      Bytes before = digest(engine);
      AuditReport report =
          new Auditor(new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults()))
              .audit("it", store);
      assertThat(report.verified()).isTrue();
      assertThat(digest(engine)).isEqualTo(before);
    }
  }

  private static Bytes digest(StorageEngine engine) {
    List<Bytes> all = new ArrayList<>();
    for (Table table : StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables())) {
      Specimen.rows(engine, table.name())
          .forEach(
              (key, value) ->
                  all.add(HashAlgorithm.SHA_256.hash(Bytes.u64(key.length()), key, value)));
    }
    for (Bytes log : engine.logs()) {
      try (var records = engine.records(log, 0, engine.head(log))) {
        while (records.next()) {
          all.add(HashAlgorithm.SHA_256.hash(log, records.key(), records.value()));
        }
      }
    }
    return HashAlgorithm.SHA_256.hash(all.toArray(Bytes[]::new));
  }

  /** Beside a sound copy the same damage is one difference, of its class, at its place. */
  @Test
  void everyDamageOfALogDiffersFromASoundCopyInItsClass() {
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    for (Mutation mutation : Mutation.values()) {
      if (mutation.differences().isEmpty()) {
        continue;
      }
      for (int i = 0; i < SEEDS; i++) {
        compared++;
        Planted planted = new Mutator(specimen, FIRST_SEED + i).plant(mutation);
        List<StorageEngine> engines = new ArrayList<>(planted.engines());
        List<String> names = new ArrayList<>(planted.names());
        if (engines.size() == 1) {
          engines.add(specimen.replica.copy());
          names.add("bob");
        }
        AuditReport report = audit(engines, names);
        List<Place> differences =
            report.findings().stream()
                .filter(finding -> finding.kind() == Kind.DIVERGENCE)
                .flatMap(finding -> finding.places().stream())
                .toList();
        boolean right =
            differences.size() == 1
                && mutation.differences().contains(differences.get(0).difference())
                && planted.origin().equals(differences.get(0).origin())
                && differences
                    .get(0)
                    .where()
                    .equals("record " + planted.index() + " of " + planted.origin());
        if (!right) {
          wrong.add(mutation + ", seed " + (FIRST_SEED + i) + ": " + report.findings());
        }
      }
    }
    assertThat(compared).isPositive();
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyDamageIsNamedByItsClassAndPlace() {
    assertThat(SEEDS).as("cairn.mutation.seeds").isPositive();
    Map<Mutation, Map<String, Integer>> matrix = new EnumMap<>(Mutation.class);
    List<String> wrong = new ArrayList<>();
    for (Mutation mutation : Mutation.values()) {
      TreeMap<String, Integer> row = new TreeMap<>();
      matrix.put(mutation, row);
      for (int i = 0; i < SEEDS; i++) {
        long seed = FIRST_SEED + i;
        Planted planted = new Mutator(specimen, seed).plant(mutation);
        AuditReport report = audit(planted.engines(), planted.names());
        String reported = reported(report);
        row.merge(reported, 1, Integer::sum);
        String missed = missed(mutation, planted, report);
        if (!missed.isEmpty()) {
          wrong.add(mutation + ", seed " + seed + ": " + missed);
        }
      }
    }
    String drawn = draw(matrix);
    System.out.println(drawn);
    assertThat(wrong)
        .as(
            "%s%nagain: -Dcairn.mutation.records=%d -Dcairn.mutation.seed=N"
                + " -Dcairn.mutation.seeds=1",
            drawn, RECORDS)
        .isEmpty();
  }

  /** The kinds of all findings but those that two copies differ, unless there are no others. */
  private static String reported(AuditReport report) {
    List<String> kinds =
        report.findings().stream().map(AuditFinding::kind).distinct().map(Kind::text).toList();
    return kinds.isEmpty() ? "nothing" : String.join("+", kinds);
  }

  /** What of a damage was not named; empty if all was. */
  private static String missed(Mutation mutation, Planted planted, AuditReport report) {
    List<AuditFinding> named =
        report.findings().stream().filter(each -> each.kind() == mutation.reported()).toList();
    boolean others =
        report.findings().stream()
            .map(AuditFinding::kind)
            .anyMatch(
                kind -> kind != mutation.reported() && !mutation.alsoReported().contains(kind));
    boolean lag = mutation.reported() == Kind.LAG;
    if (named.size() != 1 || others || report.verified() != lag) {
      return "found " + report.findings();
    }
    // A proof against a node names its log; the record is that where the two copies part.
    boolean parts = mutation.reported() == Kind.FORK || mutation.reported() == Kind.DIVERGENCE;
    AuditReport.Divergence first = report.firstDivergence();
    if (parts) {
      boolean right =
          first != null
              && first.origin().equals(planted.origin())
              && first.index() == planted.index()
              && first.logseq() == planted.logseq()
              && first.canonicalId().equals(planted.id());
      return right ? "" : "parts at " + first + ", not " + planted;
    }
    Place place = named.get(0).places().get(0);
    boolean origin = planted.origin() == null || planted.origin().equals(place.origin());
    boolean logseq = planted.logseq() < 0 || Long.valueOf(planted.logseq()).equals(place.logseq());
    boolean id = planted.id() == null || planted.id().equals(place.canonicalId());
    boolean index =
        planted.index() < 0
            || place.where().equals("record " + planted.index() + " of " + planted.origin());
    boolean once = named.get(0).places().size() == 1;
    if (!origin || !logseq || !id || !index || !once) {
      return "named " + named.get(0) + ", not " + planted;
    }
    return mutation.reported() == Kind.RECEIPT ? unjudged(planted, report) : "";
  }

  /**
   * A forged receipt contradicts the honest one: that is told once, with both and no others, and
   * which of them is right. Empty if it is.
   */
  private static String unjudged(Planted planted, AuditReport report) {
    List<Place> places =
        report.findings().stream()
            .filter(each -> each.kind() == Kind.CONTRADICTION)
            .flatMap(each -> each.places().stream())
            .toList();
    boolean both =
        places.size() == 2
            && places.stream()
                .allMatch(
                    place ->
                        planted.origin().equals(place.origin())
                            && (planted.id().equals(place.canonicalId())
                                ? place.detail().contains("; wrong: running the program again")
                                    && Long.valueOf(planted.logseq()).equals(place.logseq())
                                : place.detail().contains("; right: running the program again")))
            && places.stream().filter(place -> planted.id().equals(place.canonicalId())).count()
                == 1;
    return both ? "" : "contradicted at " + places + ", not by " + planted;
  }

  private static String draw(Map<Mutation, Map<String, Integer>> matrix) {
    StringBuilder drawn = new StringBuilder("planted × reported, ");
    drawn.append(RECORDS).append(" records, ").append(SEEDS).append(" seeds each\n");
    matrix.forEach(
        (mutation, row) -> drawn.append(String.format(Locale.ROOT, "%-20s %s%n", mutation, row)));
    return drawn.toString();
  }
}
