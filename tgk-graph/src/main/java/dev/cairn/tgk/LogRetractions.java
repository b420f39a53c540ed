package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.segment.Retractions;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The tombstones of the logs within a horizon, a stretch of a log at a time. One owner. */
final class LogRetractions implements Retractions {
  private static final long STEP_RECORDS = 65_536;

  private final GraphSource source;
  private final Iterator<Horizon.Stretch> logs;
  private Horizon.@Nullable Stretch left;

  LogRetractions(GraphSource source, Horizon horizon) {
    this.source = source;
    this.logs = Horizon.NOTHING.between(horizon).iterator();
  }

  @Override
  public boolean next(Consumer<ArtifactKey> sink) {
    Horizon.Stretch log = left == null && logs.hasNext() ? logs.next() : left;
    if (log == null) {
      return false;
    }
    long to = Math.min(log.to(), log.from() + STEP_RECORDS);
    source.forEachTombstone(new Horizon.Stretch(log.origin(), log.from(), to), sink);
    left = to < log.to() ? new Horizon.Stretch(log.origin(), to, log.to()) : null;
    return left != null || logs.hasNext();
  }
}
