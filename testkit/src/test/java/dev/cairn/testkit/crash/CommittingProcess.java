package dev.cairn.testkit.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.Store;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A program whose threads commit {@link Work} to a store, and write a line {@code thread number} to
 * a file each time a commit was acknowledged.
 *
 * <p>Arguments: folder, threads, first commit's number or {@link #GO_ON}, commits of each thread;
 * {@code close} or {@code halt}. The store is in {@code folder/db}, the file is {@code
 * folder/acknowledged}; at the end the store is closed or the process ends as if killed. If a write
 * fails, the threads stop, and the failure's class and whether reads went on are the last line on
 * standard output.
 */
final class CommittingProcess {
  static final String DATABASE = "db";
  static final String ACKNOWLEDGED = "acknowledged";

  /** As the first commit's number: the first that the store does not hold. */
  static final String GO_ON = "-1";

  /** Made in the folder once the store is open. */
  static final String OPENED = "opened";

  private CommittingProcess() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int threads = Integer.parseInt(arguments[1]);
    int first = Integer.parseInt(arguments[2]);
    int count = Integer.parseInt(arguments[3]);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    try (OutputStream lines = new FileOutputStream(folder.resolve(ACKNOWLEDGED).toFile(), true)) {
      Store store;
      try {
        store = Work.open(folder.resolve(DATABASE));
      } catch (CairnException e) {
        System.out.println(oneLine("opening", e));
        return;
      }
      System.out.println("ready");
      Files.writeString(folder.resolve(OPENED), "");
      List<Thread> workers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        Thread worker =
            new Thread(
                () -> {
                  try {
                    commit(store, thread, first, count, lines, failure);
                  } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                  }
                });
        workers.add(worker);
        worker.start();
      }
      for (Thread worker : workers) {
        worker.join();
      }
      Throwable failed = failure.get();
      if (failed != null) {
        System.out.println(oneLine("failed", failed));
        try {
          store.heads().forEach(head -> store.record(head.origin(), 0));
          System.out.println("reads go on");
        } catch (UnavailableException e) {
          System.out.println(oneLine("unreadable", e));
        }
      }
      if (arguments[4].equals("halt")) {
        System.out.flush();
        Runtime.getRuntime().halt(0);
      }
      try {
        store.close();
      } catch (CairnException e) {
        System.out.println("closing " + e.getClass().getSimpleName());
      }
    }
  }

  private static String oneLine(String what, Throwable failed) {
    String text = String.valueOf(failed.getMessage()).replace('\n', ' ');
    return what + " " + failed.getClass().getSimpleName() + " " + text;
  }

  private static void commit(
      Store store,
      int thread,
      int first,
      int count,
      OutputStream lines,
      AtomicReference<@Nullable Throwable> failure)
      throws IOException {
    int begin = first < 0 ? Work.next(store, thread) : first;
    if (first < 0 && begin > 0) {
      acknowledge(lines, thread, begin - 1); // What it has read is durable.
    }
    for (int number = begin; number < begin + count && failure.get() == null; number++) {
      Work.commit(store, thread, number);
      acknowledge(lines, thread, number);
    }
  }

  private static void acknowledge(OutputStream lines, int thread, int number) throws IOException {
    byte[] line = (thread + " " + number + "\n").getBytes(US_ASCII);
    synchronized (lines) {
      lines.write(line);
    }
  }
}
