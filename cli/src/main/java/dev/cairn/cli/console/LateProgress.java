package dev.cairn.cli.console;

import dev.cairn.asl.time.Ticker;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Progress that is not shown of work that is over before anybody could read it. */
final class LateProgress implements Progress {
  private static final long WAIT_NANOS = 300_000_000L;

  private final LongFunction<Progress> show;
  private final Ticker ticker;
  private final long start;
  private long total;
  private long done;
  private @Nullable Progress shown;

  /**
   * @param total steps, or negative if not known
   * @param show begins to show it, with such a total
   */
  LateProgress(long total, LongFunction<Progress> show, Ticker ticker) {
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
    } else if (ticker.nanos() - start >= WAIT_NANOS) {
      shown = show.apply(total);
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
