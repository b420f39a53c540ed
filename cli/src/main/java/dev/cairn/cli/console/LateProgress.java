package dev.cairn.cli.console;

import dev.cairn.asl.time.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Progress that is not shown of work that is over before anybody could read it. */
final class LateProgress implements Progress {
  private static final long WAIT_NANOS = 300_000_000L;

  private final Show show;
  private final Ticker ticker;
  private final long start;
  private long total;
  private long done;
  private @Nullable Progress shown;

  /** Begins to show it. */
  @FunctionalInterface
  interface Show {
    /**
     * Begins.
     *
     * @param total steps, or negative if not known
     * @param since how long ago it began
     */
    Progress from(long total, Duration since);
  }

  /**
   * @param total steps, or negative if not known
   */
  LateProgress(long total, Show show, Ticker ticker) {
    this.total = total;
    this.show = show;
    this.ticker = ticker;
    this.start = ticker.nanos();
  }

  @Override
  public void step(long count) {
    done += count;
    if (shown != null) {
      shown.step(count);
      return;
    }
    long since = ticker.nanos() - start;
    if (since >= WAIT_NANOS) {
      shown = show.from(total, Duration.ofNanos(since));
      shown.step(done);
    }
  }

  @Override
  public void expect(long newTotal) {
    total = newTotal;
    if (shown != null) {
      shown.expect(total);
    }
  }

  @Override
  public void close() {
    if (shown != null) {
      shown.close();
    }
  }
}
