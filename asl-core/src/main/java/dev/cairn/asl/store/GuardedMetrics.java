package dev.cairn.asl.store;

import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.time.Ticker;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * A listener whose mistakes cost no commit: the first thing that it throws is logged, all are
 * ignored. Safe for any thread.
 */
final class GuardedMetrics implements StoreMetrics {
  private final StoreMetrics metrics;
  private final Ticker ticker;
  private final AtomicBoolean logged = new AtomicBoolean();

  GuardedMetrics(StoreMetrics metrics) {
    this.metrics = metrics;
    this.ticker = metrics.ticker();
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  @Override
  public void draftWaited(long nanos) {
    guarded(() -> metrics.draftWaited(nanos));
  }

  @Override
  public void committed(
      int drafts, long putsWritten, long putsKnown, long tombstones, long payloadBytes) {
    guarded(() -> metrics.committed(drafts, putsWritten, putsKnown, tombstones, payloadBytes));
  }

  @Override
  public void appended(int records, int rows, Durability durability, long nanos) {
    guarded(() -> metrics.appended(records, rows, durability, nanos));
  }

  @Override
  public void synced(long nanos) {
    guarded(() -> metrics.synced(nanos));
  }

  @Override
  public void conflict(String kind) {
    guarded(() -> metrics.conflict(kind));
  }

  @Override
  public void indexing(long commits) {
    guarded(() -> metrics.indexing(commits));
  }

  @Override
  public void indexed(long commits) {
    guarded(() -> metrics.indexed(commits));
  }

  @Override
  public void putStalled(long nanos) {
    guarded(() -> metrics.putStalled(nanos));
  }

  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      if (logged.compareAndSet(false, true)) {
        LoggerFactory.getLogger(GuardedMetrics.class)
            .warn("a listener of the store's metrics threw; further ones are ignored", e);
      }
    }
  }
}
