package dev.cairn.federation.transport;

import dev.cairn.federation.TestNode;
import dev.cairn.federation.sync.SyncReport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Two nodes of one process, a thread each. */
class InProcessTransportTest extends TransportContract {
  @Override
  protected void exchange(TestNode from, TestNode to) {
    InProcessLink.Pair pair = InProcessLink.pair();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      CompletableFuture<SyncReport> answer =
          CompletableFuture.supplyAsync(() -> of(from).respond(pair.right()), thread);
      SyncReport report = of(to).initiate(pair.left(), false, true, null);
      answer.join();
      report.orThrow();
    } finally {
      thread.shutdown();
    }
  }
}
