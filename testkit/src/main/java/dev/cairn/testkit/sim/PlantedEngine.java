package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.federation.member.MemberIndex;
import dev.cairn.tgk.finding.FindingIndex;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A memory engine whose appends a {@link PlantedBug} tampers with. */
final class PlantedEngine extends ForwardingEngine {
  private static final int APPENDS_ONE_IN = 16;

  private final MemoryEngine engine;
  private final BiFunction<MemoryEngine, AppendRequest, AppendOutcome> append;

  /** How durable all writes are instead of what is asked for; null for just that. */
  private final @Nullable Durability durability;

  private PlantedEngine(
      MemoryEngine engine,
      @Nullable Durability durability,
      BiFunction<MemoryEngine, AppendRequest, AppendOutcome> append) {
    super(engine);
    this.engine = engine;
    this.durability = durability;
    this.append = append;
  }

  static StorageEngine acknowledgingTooEarly(MemoryEngine engine) {
    return new PlantedEngine(
        engine,
        Durability.RELAXED,
        (real, request) ->
            real.append(
                new AppendRequest(
                    request.log(),
                    request.fence(),
                    request.expectedHead(),
                    request.records(),
                    request.rows(),
                    Durability.RELAXED)));
  }

  static StorageEngine signingTooEarly(MemoryEngine engine) {
    return new PlantedEngine(engine, Durability.RELAXED, MemoryEngine::append);
  }

  static StorageEngine forgettingTombstones(SigningKey key, MemoryEngine engine) {
    return onReplicated(key, engine, request -> withRows(request, withoutTombstones(request)));
  }

  static StorageEngine forgettingSlots(SigningKey key, MemoryEngine engine) {
    return onReplicated(
        key, engine, request -> withRows(request, without(request, GraphIndex.SLOT::equals)));
  }

  static StorageEngine forgettingFindings(SigningKey key, MemoryEngine engine) {
    return onReplicated(
        key, engine, request -> withRows(request, without(request, FindingIndex.FINDING::equals)));
  }

  static StorageEngine forgettingMembers(SigningKey key, MemoryEngine engine) {
    return onReplicated(
        key, engine, request -> withRows(request, without(request, MemberIndex.MEMBER::equals)));
  }

  static StorageEngine altering(SigningKey key, MemoryEngine engine) {
    int[] appends = {0};
    return onReplicated(
        key,
        engine,
        request -> ++appends[0] % APPENDS_ONE_IN == 0 ? withLaterClock(request) : request);
  }

  static StorageEngine forgettingPayloads(MemoryEngine engine) {
    int[] appends = {0};
    return new PlantedEngine(
        engine,
        null,
        (real, request) ->
            real.append(
                ++appends[0] % APPENDS_ONE_IN == 0
                    ? withRows(
                        request, without(request, table -> table.name().equals("asl.content")))
                    : request));
  }

  static StorageEngine forgettingErasures(MemoryEngine engine) {
    return new PlantedEngine(
        engine,
        null,
        (real, request) ->
            real.append(
                withRows(
                    request,
                    request.rows().stream()
                        .filter(
                            row -> row.value() != null || !row.table().name().equals("asl.content"))
                        .toList())));
  }

  static StorageEngine tearing(MemoryEngine engine) {
    int[] appends = {0};
    return new PlantedEngine(
        engine,
        null,
        (real, request) -> {
          if (request.records().size() > 1 && ++appends[0] % APPENDS_ONE_IN == 0) {
            real.append(withHalf(request));
            real.faults().failCommits(1);
          }
          return real.append(request);
        });
  }

  /** Tampers with appends to other nodes' logs only. */
  private static StorageEngine onReplicated(
      SigningKey key, MemoryEngine engine, UnaryOperator<AppendRequest> tampering) {
    Bytes self = NodeId.of(key.publicKey()).digest();
    return new PlantedEngine(
        engine,
        null,
        (real, request) ->
            real.append(request.log().startsWith(self) ? request : tampering.apply(request)));
  }

  private static List<RowChange> withoutTombstones(AppendRequest request) {
    Set<Bytes> targets = new TreeSet<>();
    for (Bytes encoded : request.records()) {
      LogRecord record = LogRecord.decode(encoded);
      if (record.kind() == RecordKind.TOMBSTONE) {
        targets.add(record.id().digest());
      }
    }
    return request.rows().stream()
        .filter(
            row ->
                !row.table().name().equals("asl.live")
                    || targets.stream().noneMatch(target -> row.key().startsWith(target)))
        .toList();
  }

  private static List<RowChange> without(AppendRequest request, Predicate<Table> tables) {
    return request.rows().stream().filter(row -> !tables.test(row.table())).toList();
  }

  private static AppendRequest withLaterClock(AppendRequest request) {
    List<Bytes> records = new ArrayList<>(request.records());
    LogRecord last = LogRecord.decode(records.remove(records.size() - 1));
    records.add(
        new LogRecord(
                last.index(),
                last.logseq(),
                last.hlc() + 1,
                last.kind(),
                last.id(),
                last.tag(),
                last.payloadLength(),
                last.payloadDigest())
            .encode());
    return new AppendRequest(
        request.log(),
        request.fence(),
        request.expectedHead(),
        records,
        request.rows(),
        request.durability());
  }

  private static AppendRequest withHalf(AppendRequest request) {
    return new AppendRequest(
        request.log(),
        request.fence(),
        request.expectedHead(),
        request.records().subList(0, request.records().size() / 2),
        request.rows(),
        request.durability());
  }

  private static AppendRequest withRows(AppendRequest request, List<RowChange> rows) {
    return new AppendRequest(
        request.log(),
        request.fence(),
        request.expectedHead(),
        request.records(),
        rows,
        request.durability());
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    return append.apply(engine, request);
  }

  @Override
  public void write(List<RowChange> changes, Durability asked) {
    engine.write(changes, durability == null ? asked : durability);
  }
}
