package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadRow.Chunk;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks every payload, chunk and use of a chunk. Payloads are read in the order of the log, beside
 * it; chunks once for each payload that has them and once more in their own order. Used once.
 */
final class PayloadCheck {
  private final StorageEngine engine;
  private final RowSource folded;
  private final Structures structures;
  private final Scratch scratch;
  private final CheckFindings findings;
  private final boolean livenessKnown;

  /**
   * A check.
   *
   * @param folded the rows of {@link LivenessIndex} as they should be, over the store's payloads
   * @param livenessKnown whether those are whole; else it is not asked what is missing
   */
  PayloadCheck(
      StorageEngine engine,
      RowSource folded,
      Structures structures,
      Scratch scratch,
      CheckFindings findings,
      boolean livenessKnown) {
    this.engine = engine;
    this.folded = folded;
    this.structures = structures;
    this.scratch = scratch;
    this.findings = findings;
    this.livenessKnown = livenessKnown;
  }

  void run() {
    findings.attempt(null, StoreTables.CONTENT.name(), this::content);
    findings.attempt(null, StoreTables.ARRIVED.name(), this::arrived);
    findings.attempt(null, StoreTables.CHUNK_USE.name(), this::arriving);
    findings.attempt(null, StoreTables.CHUNK.name(), this::chunks);
    findings.attempt(null, StoreTables.CHUNK_USE.name(), this::uses);
  }

  // ---- payloads

  private void content() {
    try (RowWalk rows = new RowWalk(engine, StoreTables.CONTENT, (key, value) -> stray(key))) {
      for (Bytes log : engine.logs()) {
        try (RowCursor records = engine.records(log, 0, engine.head(log))) {
          while (records.next()) {
            beside(rows, Origin.fromBytes(log), records.key().u64At(0), records.value());
          }
        }
      }
      rows.rest();
    }
  }

  private void stray(Bytes place) {
    findings.checked(1);
    findings.add(null, row(StoreTables.CONTENT, place), "there is no put beside it");
    scratch.toMend(MendKind.STRAY_CONTENT, place);
  }

  private static String row(Table table, Bytes key) {
    return table.name() + " " + key.toHex();
  }

  private void beside(RowWalk rows, Origin origin, long index, Bytes encoded) {
    Bytes place = Place.key(origin.bytes(), index);
    LogRecord record;
    try {
      record = LogRecord.decode(encoded);
    } catch (MalformedException | UnsupportedVersionException e) {
      // The log's own check tells; what lies beside it stays as it is.
      return;
    }
    String where = "payload " + record.payloadDigest() + " at log " + origin + " index " + index;
    Bytes row;
    try {
      row = rows.at(place);
    } catch (DamagedException e) {
      findings.payloadDamaged();
      toMend(record, place, where, CheckFindings.describe(e));
      return;
    }
    if (row == null) {
      findings.attempt(record.id(), where, () -> absent(record, place, where));
    } else if (!record.isPut()) {
      stray(place);
    } else {
      findings.checked(1);
      verify(record, place, where, row);
    }
  }

  private void toMend(LogRecord record, Bytes place, String where, String error) {
    findings.add(record.id(), where, error);
    scratch.toMend(MendKind.CONTENT, place);
  }

  private void verify(LogRecord record, Bytes place, String where, Bytes row) {
    try {
      ArtifactHasher hasher = new ArtifactHasher(record.id().algorithm());
      feed(decode(record.payloadDigest(), row), record.payloadDigest(), hasher::update);
      ArtifactId found = hasher.finish(record.tag());
      if (!found.payloadDigest().equals(record.payloadDigest())
          || !found.key().equals(record.id())
          || found.payloadLength() != record.payloadLength()) {
        toMend(
            record,
            place,
            where,
            "its bytes are those of " + found.key() + ", payload " + found.payloadDigest());
      }
    } catch (DamagedException e) {
      toMend(record, place, where, CheckFindings.describe(e));
    }
  }

  private PayloadRow decode(PayloadDigest digest, Bytes row) {
    try {
      return PayloadRow.decode(digest, row);
    } catch (DamagedException e) {
      findings.payloadDamaged();
      throw e;
    }
  }

  private void feed(PayloadRow row, PayloadDigest digest, Consumer<Bytes> bytes) {
    for (Chunk chunk : row.chunks()) {
      scratch.put(StoreTables.CHUNK_USE, chunk.digest().plus(digest.digest()), Bytes.EMPTY);
    }
    Bytes inline = row.inline();
    if (inline != null) {
      bytes.accept(inline);
    }
    for (Chunk chunk : row.chunks()) {
      bytes.accept(chunk(digest, chunk));
    }
  }

  private Bytes chunk(PayloadDigest digest, Chunk chunk) {
    Bytes bytes = engine.get(StoreTables.CHUNK, chunk.digest());
    if (bytes == null) {
      throw new DamagedException("chunk " + chunk.digest().toHex() + " is missing");
    }
    if (bytes.length() != chunk.length()
        || !HashAlgorithm.SHA_256.hash(bytes).equals(chunk.digest())) {
      throw new DamagedException(
          "payload " + digest + ": chunk " + chunk.digest().toHex() + " hashes to another digest");
    }
    return bytes;
  }

  /** No payload lies beside the record: then it lies elsewhere, or nobody needs it. */
  private void absent(LogRecord record, Bytes place, String where) {
    if (!record.isPut() || !livenessKnown) {
      return;
    }
    LiveRow row = Facts.row(folded, record.id());
    boolean due = row.isLive() || structures.isStructured(record.tag());
    if (!due || !isLatestToState(record, place, row)) {
      return;
    }
    if (!PayloadStore.isHeld(folded, record.id(), row)
        && !PayloadStore.isHeld(folded, record.payloadDigest())
        && !Absences.has(engine, record.payloadDigest())) {
      toMend(
          record,
          place,
          where,
          Quarantine.has(engine, record.payloadDigest())
              ? "it was damaged, and is set aside"
              : "it is missing");
    }
  }

  /** Records of one artifact that state different payloads each speak for theirs. */
  private boolean isLatestToState(LogRecord record, Bytes place, LiveRow row) {
    Fact.Put latest = row.put();
    if (latest == null || latest.place().key().equals(place)) {
      return latest != null;
    }
    if (latest.payloadDigest().equals(record.payloadDigest())) {
      return false;
    }
    List<Fact.Put> same = Facts.puts(folded, record.id(), row, record.payloadDigest());
    return !same.isEmpty() && same.get(0).place().key().equals(place);
  }

  private void arrived() {
    try (RowCursor rows = engine.scan(StoreTables.ARRIVED, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        findings.checked(1);
        Bytes key = rows.key();
        Bytes row = rows.value();
        String where = row(StoreTables.ARRIVED, key);
        if (!findings.attempt(null, where, () -> arrived(key, row))) {
          scratch.toMend(MendKind.ARRIVED, key);
        }
      }
    }
  }

  private void arrived(Bytes key, Bytes row) {
    PayloadDigest digest = new PayloadDigest(key);
    var hasher = HashAlgorithm.SHA_256.newHasher();
    if (row.length() < Long.BYTES) {
      findings.payloadDamaged();
      throw new DamagedException("it is too short");
    }
    feed(decode(digest, row.slice(Long.BYTES)), digest, hasher::update);
    Bytes found = hasher.digest();
    if (!found.equals(key)) {
      throw new DamagedException("its bytes hash to " + found.toHex());
    }
  }

  // ---- chunks

  /**
   * Payloads that arrive, or broke off, keep their chunks until collection. One of them that is not
   * whole is no damage: it is written again when it comes again.
   */
  private void arriving() {
    try (RowCursor uses = engine.scan(StoreTables.CHUNK_USE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (uses.next()) {
        boolean wellFormed =
            uses.key().length() == 2 * HashAlgorithm.DIGEST_BYTES
                && uses.value().length() == Long.BYTES
                && ArrivingPayload.isToken(ArrivingPayload.user(uses.key()));
        if (wellFormed) {
          scratch.put(StoreTables.CHUNK_USE, uses.key(), uses.value());
        }
      }
    }
  }

  private void chunks() {
    try (RowWalk chunks = new RowWalk(engine, StoreTables.CHUNK, this::unused);
        RowCursor uses = scratch.scan(StoreTables.CHUNK_USE)) {
      Bytes digest = null;
      boolean needed = false;
      while (uses.next()) {
        Bytes next = uses.key().slice(0, HashAlgorithm.DIGEST_BYTES);
        if (digest != null && !digest.equals(next)) {
          used(chunks, digest, needed);
          needed = false;
        }
        digest = next;
        needed |= !ArrivingPayload.isToken(ArrivingPayload.user(uses.key()));
      }
      if (digest != null) {
        used(chunks, digest, needed);
      }
      chunks.rest();
    }
  }

  private void used(RowWalk chunks, Bytes digest, boolean needed) {
    findings.checked(1);
    String error = null;
    try {
      Bytes bytes = chunks.at(digest);
      if (bytes == null) {
        error = "it is missing, and payloads need it";
      } else if (!HashAlgorithm.SHA_256.hash(bytes).equals(digest)) {
        error = "its bytes hash to " + HashAlgorithm.SHA_256.hash(bytes).toHex();
      }
    } catch (DamagedException e) {
      error = CheckFindings.describe(e);
    }
    if (error == null) {
      return;
    }
    if (needed) {
      findings.add(null, "chunk " + digest.toHex(), error);
    } else {
      findings.unneeded();
    }
    scratch.toMend(MendKind.CHUNK, digest);
  }

  private void unused(Bytes digest, Bytes bytes) {
    findings.checked(1);
    if (digest.length() == HashAlgorithm.DIGEST_BYTES
        && HashAlgorithm.SHA_256.hash(bytes).equals(digest)) {
      findings.unneeded();
      scratch.toMend(MendKind.STRAY_CHUNK, digest);
    } else {
      findings.add(null, row(StoreTables.CHUNK, digest), "it is not the chunk that its key says");
      scratch.toMend(MendKind.CHUNK, digest);
    }
  }

  private void uses() {
    RowComparison.run(
        engine,
        scratch.engine(),
        StoreTables.CHUNK_USE,
        (key, stored, due) -> {
          findings.checked(1);
          if (!Objects.equals(stored, due)) {
            findings.addRow(
                StoreTables.CHUNK_USE,
                null,
                row(StoreTables.CHUNK_USE, key),
                RowComparison.describe(stored, due));
          }
        });
  }

  /** The id of an error, if there is one. */
  static @Nullable ArtifactKey keyOf(Bytes path) {
    try {
      return path.length() == ArtifactKey.BYTES ? Paths.key(path) : null;
    } catch (CairnException e) {
      return null;
    }
  }
}
