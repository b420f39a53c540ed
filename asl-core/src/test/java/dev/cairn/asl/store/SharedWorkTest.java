package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class SharedWorkTest {
  private static final int PIECES = 50;

  @Test
  void resultsComeInTheOrderOfThePiecesHoweverManyThreadsThereAre() {
    List<Supplier<Integer>> pieces = new ArrayList<>();
    List<Integer> due = new ArrayList<>();
    for (int i = 0; i < PIECES; i++) {
      int number = i;
      pieces.add(() -> number);
      due.add(number);
    }
    for (int threads = 1; threads <= 4; threads++) {
      assertThat(new SharedWork("test", threads).all(pieces)).isEqualTo(due);
    }
    assertThat(new SharedWork("test", 4).all(List.of())).isEmpty();
  }

  @Test
  void piecesAreDoneBesideEachOther() {
    CyclicBarrier both = new CyclicBarrier(2);
    Supplier<Integer> meeting =
        () -> {
          try {
            return both.await();
          } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
          }
        };
    assertThat(new SharedWork("test", 2).all(List.of(meeting, meeting, meeting, meeting)))
        .contains(0, 1);
  }

  @Test
  void theFirstFailureInOrderIsThrownOnceAllIsDone() {
    AtomicInteger done = new AtomicInteger();
    List<Supplier<Integer>> pieces = new ArrayList<>();
    for (int i = 0; i < PIECES; i++) {
      int number = i;
      pieces.add(
          () -> {
            done.incrementAndGet();
            if (number % 10 == 7) {
              throw new IllegalStateException("piece " + number);
            }
            return number;
          });
    }
    assertThatThrownBy(() -> new SharedWork("test", 3).all(pieces))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("piece 7");
    assertThat(done).hasValue(PIECES);
  }

  @Test
  void threadsThatDoNotStartLeaveTheWorkToThoseThatThereAre() {
    for (int startable = 0; startable < 3; startable++) {
      AtomicInteger left = new AtomicInteger(startable);
      AtomicInteger refused = new AtomicInteger();
      ThreadFactory few =
          task ->
              new Thread(task) {
                @Override
                public synchronized void start() {
                  if (left.getAndDecrement() <= 0) {
                    refused.incrementAndGet();
                    throw new OutOfMemoryError("unable to create native thread");
                  }
                  super.start();
                }
              };
      List<Integer> done =
          new SharedWork(4, few)
              .all(List.of(() -> 1, () -> 2, () -> 3, () -> 4, () -> 5, () -> 6, () -> 7, () -> 8));
      assertThat(done).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
      assertThat(refused).hasValue(1);
    }
  }

  @Test
  void anInterruptIsLeftForWhoeverAsksForIt() {
    Thread.currentThread().interrupt();
    List<Integer> done = new SharedWork("test", 2).all(List.of(() -> 1, () -> 2, () -> 3, () -> 4));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).containsExactly(1, 2, 3, 4);
  }
}
