package dev.cairn.federation.grpc;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the API's calls on threads of their own, at most {@link ApiLimits#CALLS_MAX} at once, each
 * only if its caller has the right. Safe for any thread.
 */
final class ApiCalls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApiCalls.class);
  private static final long THREAD_IDLE_MILLIS = 10_000;

  private final AccessPolicy policy;
  private final Semaphore permits = new Semaphore(ApiLimits.CALLS_MAX);
  private final ExecutorService threads;
  private volatile boolean closing;

  ApiCalls(AccessPolicy policy) {
    this.policy = policy;
    // The semaphore bounds the threads: one that has just freed its permit may not be idle yet.
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            THREAD_IDLE_MILLIS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            GrpcPeerServer.threadFactory("cairn-api"));
  }

  /** Who calls, and what that one may do. */
  record Caller(@Nullable NodeId node, Grant grant) {
    /** For messages. */
    String name() {
      return node == null ? "the caller" : "node " + node;
    }
  }

  /** A call's work, which may wait. */
  @FunctionalInterface
  interface Work {
    void run(Caller caller) throws Exception;
  }

  /**
   * Does a call's work and ends the call, well or not.
   *
   * @param right without which nothing is done
   */
  <T> void start(Replies<T> replies, Right right, Work work) {
    NodeId node = CallerGate.CALLER.get();
    Caller caller;
    try {
      caller = new Caller(node, policy.grant(node));
      caller.grant().require(right, caller.name());
    } catch (CairnException e) {
      replies.fail(e);
      return;
    }
    if (closing || !permits.tryAcquire()) {
      replies.fail(ApiErrors.limit(ApiLimits.CALLS_MAX + " calls are going on already"));
      return;
    }
    threads.execute(() -> lead(replies, caller, work));
  }

  /** True once calls that wait for something should end. */
  boolean isClosing() {
    return closing;
  }

  /** Tells calls that follow something to end; no further one begins. */
  void stop() {
    closing = true;
  }

  /** Interrupts what still goes on. */
  @Override
  public void close() {
    stop();
    threads.shutdownNow();
  }

  private <T> void lead(Replies<T> replies, Caller caller, Work work) {
    try {
      work.run(caller);
      replies.check();
      replies.complete();
    } catch (StatusRuntimeException | CairnException | IllegalArgumentException e) {
      LOG.debug("call of {} ended: {}", caller.name(), e.getMessage());
      replies.fail(e);
    } catch (Exception | Error e) {
      if (!replies.isCancelled()) {
        LOG.error("call of {} failed", caller.name(), e);
      }
      replies.fail(e);
    } finally {
      permits.release();
    }
  }
}
