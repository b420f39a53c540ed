package dev.cairn.cli.command;

import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.cli.console.CommandFailure;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads what people write for a snapshot: its label, its key, or 6 hex digits or more of it. */
final class Snapshots {
  private Snapshots() {}

  /** The view of a snapshot, or of the present if none is named. */
  static View view(Store store, @Nullable String text) {
    return text == null ? store.now() : store.at(find(store, text).snapshot().cut());
  }

  static SnapshotInfo find(Store store, String text) {
    List<SnapshotInfo> all = store.snapshots();
    List<SnapshotInfo> labelled = all.stream().filter(s -> text.equals(s.label())).toList();
    if (!labelled.isEmpty()) {
      return labelled.get(labelled.size() - 1);
    }
    String lower = text.toLowerCase(Locale.ROOT);
    String hex = lower.substring(lower.indexOf(':') + 1);
    if (!hex.matches("[0-9a-f]{6,64}")) {
      throw CommandFailure.negative(
          "no snapshot labelled '" + text + "'", "see them with 'cairn snapshot list'");
    }
    List<SnapshotInfo> found =
        all.stream().filter(s -> s.key().digest().toHex().startsWith(hex)).toList();
    if (found.size() > 1) {
      throw CommandFailure.usage(
          "'"
              + text
              + "' fits several snapshots: "
              + found.stream().map(s -> s.key().toString()).collect(Collectors.joining(", ")),
          "give one of these in full");
    }
    if (found.isEmpty()) {
      throw CommandFailure.negative(
          "no snapshot " + text + " here", "see them with 'cairn snapshot list'");
    }
    return found.get(0);
  }

  /** How many records its cut takes in. */
  static long records(Snapshot snapshot) {
    return snapshot.heads().stream().mapToLong(Snapshot.Head::treeSize).sum();
  }
}
