package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.protocol.Tally;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How common values are told in JSON and to people. */
final class Describe {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

  private Describe() {}

  /** How many records a store holds, of all logs. */
  static long records(Store store) {
    return store.heads().stream().mapToLong(LogHead::treeSize).sum();
  }

  static JsonObject artifact(ArtifactId id) {
    return new JsonObject()
        .addText("key", id.key())
        .addText("payloadDigest", id.payloadDigest())
        .addU64("size", id.payloadLength())
        .addText("type", id.tag());
  }

  static JsonObject counts(LiveCounts live) {
    return new JsonObject()
        .add("artifacts", live.artifacts())
        .add("edges", live.edges())
        .add("receipts", live.receipts());
  }

  static JsonArray cut(Snapshot snapshot) {
    JsonArray cut = new JsonArray();
    for (Snapshot.Head head : snapshot.heads()) {
      cut.add(
          new JsonObject()
              .addText("origin", head.origin())
              .addU64("logseq", head.logseq())
              .addU64("treeSize", head.treeSize())
              .add("root", head.root().toHex()));
    }
    return cut;
  }

  static JsonObject snapshot(SnapshotInfo info) {
    return new JsonObject()
        .addText("snapshot", info.key())
        .add("label", info.label())
        .add("created", Instant.ofEpochMilli(info.createdMillis()).toString())
        .add("pinned", info.pinned())
        .add("stateRoot", info.snapshot().stateRoot().toHex())
        .add("cut", cut(info.snapshot()))
        .add("live", counts(info.live()));
  }

  static JsonObject tally(Tally tally) {
    return new JsonObject()
        .add("commits", tally.commits())
        .add("records", tally.records())
        .add("payloads", tally.payloads())
        .add("bytes", tally.bytes());
  }

  static String time(long hlc) {
    return Instant.ofEpochMilli(HybridClock.millisOf(hlc)).toString();
  }

  /** Why a tombstone was written; null if nothing says so. */
  static @Nullable String reason(Store store, LogRecord record) {
    return store.note(record).map(TombstoneNote::reason).orElse(null);
  }

  /** {@code 1.4 MiB}. */
  static String bytes(long count) {
    if (count < 1024) {
      return count + " B";
    }
    double value = count;
    int unit = -1;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** A store as its copies are told. */
  static JsonObject store(Store store) {
    List<LogHead> heads = store.heads();
    return new JsonObject()
        .addText("node", store.origin().node())
        .add("epoch", store.origin().epoch())
        .add("federation", store.federation())
        .addU64("logseq", heads.stream().mapToLong(LogHead::lastLogseq).max().orElse(0))
        .add("records", heads.stream().mapToLong(LogHead::treeSize).sum())
        .add("stateRoot", store.stateRoot().toHex())
        .add("bytes", store.bytesOnDisk());
  }
}
