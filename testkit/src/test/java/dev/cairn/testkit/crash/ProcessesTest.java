package dev.cairn.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A store and the processes that want it: the lock names its holder, and is free when that dies.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ProcessesTest {
  private static final int POLL_MILLIS = 5;

  private Path folder;
  private Path work;
  private Child child;

  @BeforeEach
  void compile() throws Exception {
    folder = Campaign.folder();
    work = Files.createDirectory(folder.resolve("work"));
    child = new Child(folder);
  }

  @AfterEach
  void clean() {
    Campaign.delete(folder);
  }

  @Test
  void aStoreInUseIsRefusedByTheNameOfItsHolderAndFreeOnceThatHasDied() throws Exception {
    Path database = work.resolve(CommittingProcess.DATABASE);
    Process holder = start();
    try {
      awaitOpened(holder);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> RocksEngine.open(database, Work.TABLES, Work.OPTIONS))
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining("in use by process " + holder.pid())
            .hasMessageContaining("CommittingProcess");
      }
    } finally {
      holder.destroyForcibly().waitFor();
    }
    assertThat(database.resolve("cairn.holder")).as("left behind, and not believed").exists();
    try (Store store = Work.open(database)) {
      Work.verify(store, DiskFaultTest.acknowledged(work), 2);
      assertThatThrownBy(() -> RocksEngine.open(database, Work.TABLES, Work.OPTIONS))
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid())
          .hasMessageContaining("this one");
    }
    assertThat(database.resolve("cairn.holder")).doesNotExist();
  }

  private Process start() throws Exception {
    return child.start(
        Map.of("CAIRN_FILES", "/nowhere/"),
        work.resolve("output"),
        work.toString(),
        "2",
        CommittingProcess.GO_ON,
        "1000000",
        "close");
  }

  private void awaitOpened(Process process) throws Exception {
    while (!Files.exists(work.resolve(CommittingProcess.OPENED))) {
      assertThat(process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
    }
  }
}
