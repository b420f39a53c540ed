package dev.cairn.cli.command;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.cli.console.FailureLine;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Looks at what a node needs from the machine, and at its store from outside and by opening it;
 * what {@code cairn doctor} tells. Writes one small file into the store's folder and removes it;
 * all else only reads. One owner, used once.
 */
final class Checkup {
  /** Below this a put of large payloads beside RocksDB's own memory has little room. */
  private static final long HEAP_BYTES_LOW = 128L << 20;

  /** What a store has open at most, beside sockets: see docs/embedding.md. */
  private static final long FILE_HANDLES_NEEDED = 1_024 + 256;

  /** Less free than this, and merging what is there may fail. */
  private static final long FREE_BYTES_LOW = 1L << 30;

  /** A clock that is further behind the log than this was set back. */
  private static final long CLOCK_BEHIND_MILLIS_MAX = 60_000;

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final CairnCommand cairn;
  private final List<Diagnosis> found = new ArrayList<>();

  Checkup(CairnCommand cairn) {
    this.cairn = cairn;
  }

  /** All that was found, in the order in which one thing needs another. */
  List<Diagnosis> run() {
    found.add(Diagnosis.ok("java", Runtime.version() + ", " + System.getProperty("java.vm.name")));
    heap();
    handles();
    if (cairn.hasStore()) {
      store();
    } else {
      found.add(
          Diagnosis.warning(
              "store",
              "none in " + cairn.environment().folder() + " or above",
              "make one with 'cairn init', or name one with --store or CAIRN_STORE"));
    }
    return List.copyOf(found);
  }

  private void heap() {
    long bytes = Runtime.getRuntime().maxMemory();
    String words = "at most " + Describe.bytes(bytes);
    found.add(
        bytes >= HEAP_BYTES_LOW
            ? Diagnosis.ok("heap", words)
            : Diagnosis.warning("heap", words, "give more with CAIRN_JAVA_OPTS=-Xmx256m"));
  }

  private void handles() {
    if (ModuleLayer.boot().findModule("jdk.management").isEmpty()) {
      found.add(
          Diagnosis.warning(
              "files",
              "this Java lacks jdk.management and cannot tell how many may be open",
              "allow " + FILE_HANDLES_NEEDED + " with 'ulimit -n'"));
      return;
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      long most = system.getMaxFileDescriptorCount();
      String words = "at most " + most + " open at a time";
      found.add(
          most >= FILE_HANDLES_NEEDED
              ? Diagnosis.ok("files", words)
              : Diagnosis.warning(
                  "files", words, "allow " + FILE_HANDLES_NEEDED + " with 'ulimit -n'"));
    }
  }

  private void store() {
    Path directory;
    try {
      directory = cairn.storeDirectory();
    } catch (RuntimeException e) {
      found.add(Diagnosis.failed("store", FailureLine.of(e).wrong(), "name another with --store"));
      return;
    }
    secret(directory);
    space(directory);
    boolean backup;
    try {
      backup = StoreDirectory.isBackupAt(directory);
    } catch (CairnException e) {
      unfit(e);
      return;
    }
    if (backup) {
      found.add(Diagnosis.ok("disk", "nothing is written to a backup"));
    } else {
      writable(directory);
    }
    open(directory);
  }

  private void unfit(CairnException e) {
    FailureLine line = FailureLine.of(e);
    found.add(Diagnosis.failed("store", line.wrong(), line.advice()));
  }

  private void secret(Path directory) {
    Path key = directory.resolve("node.key");
    try {
      Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
      granted.addAll(Files.getPosixFilePermissions(key));
      granted.retainAll(OTHERS);
      found.add(
          granted.isEmpty()
              ? Diagnosis.ok("key", "only its owner can read " + key.getFileName())
              : Diagnosis.failed(
                  "key", "others can read or write " + key, "take that from them with chmod 600"));
    } catch (UnsupportedOperationException e) {
      found.add(
          Diagnosis.warning("key", "this file system has no permissions", "see who can read it"));
    } catch (IOException e) {
      found.add(Diagnosis.failed("key", key + " cannot be seen", "restore it from a backup"));
    }
  }

  private void space(Path directory) {
    try {
      long free = Files.getFileStore(directory).getUsableSpace();
      String words = Describe.bytes(free) + " free";
      found.add(
          free >= FREE_BYTES_LOW
              ? Diagnosis.ok("space", words)
              : Diagnosis.warning(
                  "space", words, "make room: a store whose disk is full takes no writes"));
    } catch (IOException e) {
      found.add(Diagnosis.failed("space", "nobody can tell: " + e.getMessage(), "see the disk"));
    }
  }

  /** Writes and syncs as a commit does, beside what the store holds. */
  private void writable(Path directory) {
    try {
      Path file = Files.createTempFile(directory, "doctor", ".tmp");
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(new byte[] {1}));
        channel.force(true);
      } finally {
        Files.delete(file);
      }
      found.add(Diagnosis.ok("disk", "takes a write and a sync"));
    } catch (IOException e) {
      found.add(
          Diagnosis.failed(
              "disk",
              "a file in " + directory + " cannot be written: " + e.getMessage(),
              "mend it"));
    }
  }

  private void open(Path directory) {
    try (CairnNode node = cairn.open(Access.LOOK)) {
      Store store = node.store();
      long records = Describe.records(store);
      found.add(
          Diagnosis.ok(
              "store",
              directory
                  + " opens: "
                  + counted(records, "record")
                  + " in "
                  + counted(store.heads().size(), "log")));
      clock(store);
    } catch (CairnException e) {
      unfit(e);
    }
  }

  private void clock(Store store) {
    long last = 0;
    for (LogHead head : store.heads()) {
      if (head.origin().equals(store.origin())) {
        last = HybridClock.millisOf(head.lastHlc());
      }
    }
    long behind = last - cairn.environment().clock().millis();
    found.add(
        behind <= CLOCK_BEHIND_MILLIS_MAX
            ? Diagnosis.ok("clock", "not behind this node's log")
            : Diagnosis.warning(
                "clock",
                behind / 1_000 + " s behind this node's last record",
                "set it; until then times of records stand still and only their counters rise"));
  }

  private static String counted(long count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }
}
