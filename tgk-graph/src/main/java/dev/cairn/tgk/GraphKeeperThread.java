package dev.cairn.tgk;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * A {@link GraphKeeper} with a thread of its own: a step, then as long a pause again and again, so
 * that it never takes much of a processor; a second's pause where there is nothing to do.
 *
 * <p>Safe for any thread. Must be closed before the store is.
 */
public final class GraphKeeperThread implements AutoCloseable {
  /** Pause between two steps. */
  private static final long PAUSE_MILLIS = 50;

  /** Pauses when there is nothing to do. */
  private static final int IDLE_PAUSES = 20;

  /** How long closing waits for a step: it may be writing a segment. */
  private static final long CLOSE_SECONDS_MAX = 60;

  private final GraphKeeper keeper;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread made = new Thread(work, "cairn-graph-keeper");
            made.setDaemon(true);
            return made;
          });

  private volatile boolean ended;

  /** Belongs to the thread. */
  private int idlePauses;

  private GraphKeeperThread(GraphKeeper keeper) {
    this.keeper = keeper;
  }

  /** Keeps a graph quick until it is closed. */
  public static GraphKeeperThread start(Graph graph) {
    return start(graph.keeper());
  }

  static GraphKeeperThread start(GraphKeeper keeper) {
    GraphKeeperThread started = new GraphKeeperThread(keeper);
    var unused =
        started.thread.scheduleWithFixedDelay(
            started::turn, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    return started;
  }

  private void turn() {
    if (idlePauses > 0) {
      idlePauses--;
      return;
    }
    try {
      idlePauses = keeper.step() ? 0 : IDLE_PAUSES;
    } catch (RuntimeException | Error e) {
      ended = true;
      LoggerFactory.getLogger(GraphKeeperThread.class)
          .error("the graph is not kept quick any more", e);
      throw e;
    }
  }

  /** False once it was closed, or ended by an error that the log tells. */
  public boolean isKeeping() {
    return !ended && !thread.isShutdown();
  }

  @Override
  public void close() {
    thread.shutdown();
    boolean interrupted = false;
    boolean idle = false;
    try {
      idle = thread.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (idle) {
      keeper.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
