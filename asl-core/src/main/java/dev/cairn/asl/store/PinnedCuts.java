package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The cuts of the snapshots kept here: what they show is not removed. Safe for any thread. */
final class PinnedCuts {
  private final Map<ArtifactKey, Cut> cuts = new ConcurrentSkipListMap<>();

  void pin(ArtifactKey snapshot, Cut cut) {
    cuts.put(snapshot, cut);
  }

  void unpin(ArtifactKey snapshot) {
    cuts.remove(snapshot);
  }

  /** True if some pinned cut shows the artifact. */
  boolean anyLive(ArtifactKey id, Views views) {
    return List.copyOf(cuts.values()).stream().anyMatch(cut -> views.at(cut).isLive(id));
  }
}
