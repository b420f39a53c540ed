package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Snapshot;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Checks what a store keeps for itself alone, as far as it says what it should be. Used once. */
final class LocalCheck {
  private final StorageEngine engine;
  private final StoreConfig config;
  private final Scratch scratch;
  private final CheckFindings findings;

  LocalCheck(StorageEngine engine, StoreConfig config, Scratch scratch, CheckFindings findings) {
    this.engine = engine;
    this.config = config;
    this.scratch = scratch;
    this.findings = findings;
  }

  void run() {
    findings.attempt(null, StoreTables.META.name(), this::meta);
    findings.attempt(null, StoreTables.ARRIVAL.name(), this::arrivals);
    findings.attempt(null, StoreTables.CHECKPOINT.name(), this::strayCheckpoints);
    rows(StoreTables.SNAPSHOT, MendKind.SNAPSHOT, this::snapshot);
    rows(StoreTables.LEASE, MendKind.LEASE, Leases::read);
    rows(StoreTables.ERASURE, MendKind.ERASURE, LocalCheck::erasure);
  }

  /** What was set aside; the payloads must be checked before. */
  void quarantine(RowSource folded) {
    rows(
        StoreTables.QUARANTINE,
        MendKind.SET_ASIDE,
        (key, row) -> {
          Quarantine.read(key, row);
          if (isBack(key, folded)) {
            findings.unneeded();
            scratch.toMend(MendKind.SET_ASIDE, key);
          }
        });
  }

  private boolean isBack(Bytes key, RowSource folded) {
    Bytes digest = key.slice(1);
    return switch (key.at(0)) {
      case Quarantine.PAYLOAD -> PayloadStore.isHeld(folded, new PayloadDigest(digest));
      case Quarantine.CHUNK ->
          engine.get(StoreTables.CHUNK, digest) != null
              && !scratch.isToMend(MendKind.CHUNK, digest);
      default -> false;
    };
  }

  /** Another table, whose rows stand for themselves. */
  void rows(LocalRows local) {
    rows(
        local.table(),
        local::check,
        key -> scratch.toMend(MendKind.LOCAL, LocalRows.note(local.table(), key)));
  }

  private void rows(Table table, MendKind kind, BiConsumer<Bytes, Bytes> check) {
    rows(table, check, key -> scratch.toMend(kind, key));
  }

  private void rows(Table table, BiConsumer<Bytes, Bytes> check, Consumer<Bytes> damaged) {
    findings.attempt(
        null,
        table.name(),
        () -> {
          try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
            while (rows.next()) {
              findings.checked(1);
              Bytes key = rows.key();
              Bytes value = rows.value();
              String where = table.name() + " " + key.toHex();
              if (!findings.attempt(null, where, () -> check.accept(key, value))) {
                damaged.accept(key);
              }
            }
          }
        });
  }

  private void meta() {
    same(Store.META_FORMAT, Bytes.u64(Store.FORMAT_VERSION));
    same(Store.META_FEDERATION, Bytes.utf8(config.federation()));
    same(Store.META_NODE, NodeId.of(config.key().publicKey()).digest());
    Bytes seen = engine.get(StoreTables.META, StateTreeKeeper.WATERMARK);
    if (seen != null
        && (seen.length() != Long.BYTES
            || seen.u64At(0) < 0
            || seen.u64At(0) > StoreCheck.arrivals(engine))) {
      findings.addRow(
          StoreTables.TREE,
          null,
          "asl.meta tree",
          "the state tree says that it saw commits which are not there");
    }
  }

  private void same(Bytes name, Bytes due) {
    findings.checked(1);
    Bytes stored = engine.get(StoreTables.META, name);
    if (stored == null || !stored.equals(due)) {
      findings.add(null, "asl.meta " + name.toUtf8(), "it is not that of the node");
    }
  }

  // ---- the order of arrival

  private void arrivals() {
    long due = 0;
    try (RowCursor rows = engine.scan(StoreTables.ARRIVAL, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        findings.checked(1);
        Bytes key = rows.key();
        String error = arrival(key, rows.value());
        if (error != null) {
          findings.add(null, StoreTables.ARRIVAL.name() + " " + key.toHex(), error);
          scratch.toMend(MendKind.ARRIVAL, key);
        }
        if (key.length() == Long.BYTES && key.u64At(0) >= 0) {
          due = gap(due, key.u64At(0));
        }
      }
    }
    commitsLeft();
  }

  /** Notes the numbers left out before {@code number}, up to a bound; the number due next. */
  private long gap(long due, long number) {
    long missing = number - due;
    if (missing > 0) {
      findings.add(
          null,
          StoreTables.ARRIVAL.name() + " " + Bytes.u64(due).toHex(),
          missing + " rows are missing from here on");
      for (long at = due; at < Math.min(number, due + StoreCheck.ROWS_AT_ONCE); at++) {
        scratch.toMend(MendKind.ARRIVAL, Bytes.u64(at));
      }
    }
    return number + 1;
  }

  private @Nullable String arrival(Bytes key, Bytes row) {
    Arrival arrival;
    try {
      arrival = Arrival.read(key, row);
    } catch (DamagedException e) {
      return CheckFindings.describe(e);
    }
    Bytes place = Place.key(arrival.origin().bytes(), arrival.first());
    Bytes commit = scratch.get(StoreTables.CONTENT, place);
    if (commit == null || commit.u64At(0) != arrival.count()) {
      return findings.isUnreadable(arrival.origin()) ? null : "it names no commit";
    }
    if (commit.length() > Long.BYTES) {
      return "it names a commit that arrived before";
    }
    scratch.put(StoreTables.CONTENT, place, commit.plus(key));
    return null;
  }

  private void commitsLeft() {
    try (RowCursor commits = scratch.scan(StoreTables.CONTENT)) {
      while (commits.next()) {
        if (commits.value().length() == Long.BYTES) {
          findings.add(
              null,
              "log "
                  + Origin.fromBytes(commits.key().slice(0, Origin.BYTES))
                  + " index "
                  + commits.key().u64At(Origin.BYTES),
              "its commit is missing from the order of arrival");
        }
      }
    }
  }

  // ---- others

  private void strayCheckpoints() {
    Set<Bytes> logs = new TreeSet<>(engine.logs());
    try (RowCursor rows = engine.scan(StoreTables.CHECKPOINT, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        Bytes key = rows.key();
        if (key.length() < Origin.BYTES || !logs.contains(key.slice(0, Origin.BYTES))) {
          findings.add(null, "checkpoint row " + key.toHex(), "there is no such log");
          scratch.toMend(MendKind.CHECKPOINT, key);
        }
      }
    }
  }

  private void snapshot(Bytes key, Bytes row) {
    Snapshot snapshot = KeptSnapshots.read(key, row).snapshot();
    for (Snapshot.Head head : snapshot.heads()) {
      if (engine.head(head.origin().bytes()) < head.treeSize()) {
        throw new MalformedException("it shows more of log " + head.origin() + " than is held");
      }
    }
  }

  private static void erasure(Bytes key, Bytes row) {
    if (key.length() != HashAlgorithm.DIGEST_BYTES || !row.isEmpty()) {
      throw new MalformedException("it is no waiting erasure");
    }
  }
}
