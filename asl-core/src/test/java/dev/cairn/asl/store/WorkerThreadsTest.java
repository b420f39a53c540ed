package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class WorkerThreadsTest {
  private static final int THREADS = 3;

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);
  private final AtomicBoolean ended = new AtomicBoolean();

  /** Goes on for a while after it is interrupted, as native code does. */
  private String slow() {
    begun.countDown();
    pause(30_000);
    pause(200);
    ended.set(true);
    return "slow";
  }

  /** Until it is interrupted. */
  private void pause(long millis) {
    try {
      assertThat(never.await(millis, TimeUnit.MILLISECONDS)).isFalse();
    } catch (InterruptedException e) {
      // Native code would not even notice.
    }
  }

  private String waitForIt() {
    try {
      assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return "";
  }

  @Test
  void whatPiecesGiveComesInTheirOrder() {
    List<Supplier<Integer>> pieces = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int number = i;
      numbers.add(number);
      pieces.add(
          () -> {
            LockSupport.parkNanos((number * 7919L % 13) * 50_000);
            return number;
          });
    }
    try (WorkerThreads workers = new WorkerThreads("test", THREADS)) {
      assertThat(workers.all(pieces)).isEqualTo(numbers);
      assertThat(workers.all(pieces)).as("once more").isEqualTo(numbers);
    }
  }

  @Test
  void noPieceIsBeingDoneOnceAFailureIsTold() {
    try (WorkerThreads workers = new WorkerThreads("test", THREADS)) {
      Supplier<String> failing =
          () -> {
            throw new IllegalArgumentException(waitForIt() + "as planned");
          };
      assertThatThrownBy(() -> workers.all(List.of(failing, this::slow)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("as planned");
      assertThat(ended).isTrue();
    }
  }

  @Test
  void noPieceIsBeingDoneOnceAnInterruptIsTold() {
    try (WorkerThreads workers = new WorkerThreads("test", THREADS)) {
      Thread caller = Thread.currentThread();
      Supplier<String> interrupting =
          () -> {
            waitForIt();
            caller.interrupt();
            return slow();
          };
      assertThatThrownBy(() -> workers.all(List.of(interrupting, this::slow)))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("test was interrupted");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ended).isTrue();
    }
  }
}
