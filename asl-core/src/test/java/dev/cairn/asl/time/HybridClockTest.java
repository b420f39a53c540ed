package dev.cairn.asl.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.RefusedException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HybridClockTest {
  private long now;

  @Test
  void aReadingIsTheMillisecondWithACounterBehind() {
    now = 1_700_000_000_000L;
    HybridClock clock = new HybridClock(() -> now, 0);
    assertThat(clock.next()).isEqualTo(now << 16);
    assertThat(clock.next()).isEqualTo((now << 16) + 1);
    assertThat(clock.last()).isEqualTo((now << 16) + 1);
    now++;
    assertThat(clock.next()).isEqualTo(now << 16);
    assertThat(HybridClock.millisOf(clock.last())).isEqualTo(now);
  }

  @Test
  void aWallClockThatGoesBackDoesNotTakeTheReadingsWithIt() {
    now = 1_000_000;
    HybridClock clock = new HybridClock(() -> now, 0);
    long before = clock.next();
    now = 5;
    assertThat(clock.next()).isEqualTo(before + 1);
    now = 999_999;
    assertThat(clock.next()).isEqualTo(before + 2);
    now = 1_000_001;
    assertThat(clock.next()).isEqualTo(now << 16);
  }

  @Test
  void aRestartedClockGoesOnBehindItsLastReading() {
    now = 10;
    HybridClock clock = new HybridClock(() -> now, 77L << 16);
    assertThat(clock.last()).isEqualTo(77L << 16);
    assertThat(clock.next()).isEqualTo((77L << 16) + 1);
  }

  @Test
  void aFullCounterRunsIntoTheNextMillisecond() {
    now = 7;
    HybridClock clock = new HybridClock(() -> now, (7L << 16) + 0xffff);
    assertThat(HybridClock.millisOf(clock.next())).isEqualTo(8);
  }

  @Test
  void timesThatAReadingCannotHoldAreClamped() {
    assertThat(HybridClock.fromMillis(-1)).isZero();
    assertThat(HybridClock.fromMillis(Long.MIN_VALUE)).isZero();
    assertThat(HybridClock.fromMillis(Long.MAX_VALUE))
        .isEqualTo(((1L << 47) - 1) << 16)
        .isPositive();
    assertThat(HybridClock.millisOf(HybridClock.fromMillis(123))).isEqualTo(123);
  }

  @Test
  void atTheEndOfTimeItStopsAndNeverStartsOver() {
    HybridClock clock = new HybridClock(() -> 0, Long.MAX_VALUE - 1);
    assertThat(clock.next()).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(clock::next).isInstanceOf(RefusedException.class);
    assertThat(clock.last()).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> new HybridClock(() -> 0, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void whateverTheWallClockDoesReadingsOnlyRise(
      @ForAll @Size(max = 50) long[] walls,
      @ForAll @LongRange(min = 0, max = 1L << 60) long start) {
    HybridClock clock = new HybridClock(() -> now, start);
    long last = start;
    for (long wall : walls) {
      now = wall;
      if (last == Long.MAX_VALUE) {
        return;
      }
      long next = clock.next();
      assertThat(next).isGreaterThan(last).isGreaterThanOrEqualTo(HybridClock.fromMillis(wall));
      last = next;
    }
  }
}
