package dev.cairn.federation.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;

/** What a test uses and what is closed behind it, the last first. One owner. */
public abstract class Resources {
  /** For what goes on beside the test. */
  final ExecutorService threads = Executors.newCachedThreadPool();

  private final List<AutoCloseable> toClose = new ArrayList<>();

  /** Closes it behind the test. */
  protected final <T extends AutoCloseable> T closing(T resource) {
    toClose.add(resource);
    return resource;
  }

  @AfterEach
  void closeAll() throws Exception {
    threads.shutdownNow();
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
  }
}
