package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whoever opens a store reads the last record of each log; the rest waits until it is needed. */
final class LogEdgeTest {
  /** Counts records that may be read, and gives none where more than one is asked for, if told. */
  private static final class Watched extends ForwardingEngine {
    long asked;
    boolean lost;

    Watched(StorageEngine engine) {
      super(engine);
    }

    @Override
    public RowCursor records(Bytes log, long from, long to) {
      asked += to - from;
      return lost && to - from > 1 ? RowCursor.empty() : super.records(log, from, to);
    }
  }

  private static MemoryEngine written(List<LogHead> heads) {
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = StoreFixture.open("a", engine);
        Store other = StoreFixture.open("b")) {
      for (int i = 0; i < 255; i++) {
        StoreFixture.put(store, "mine " + i);
        StoreFixture.put(other, "theirs " + i);
      }
      StoreFixture.copy(other, store);
      heads.addAll(store.heads());
    }
    return engine.reopen();
  }

  @Test
  void openingReadsOneRecordOfEachLog() {
    List<LogHead> before = new ArrayList<>();
    Watched engine = new Watched(written(before));
    assertThat(before).hasSize(2);
    try (Store store = StoreFixture.open("a", engine)) {
      assertThat(engine.asked).isEqualTo(2);
      assertThat(store.heads()).isEqualTo(before);
      assertThat(engine.asked).isEqualTo(2 + 2 * 255);
      assertThat(store.heads()).isEqualTo(before);
      assertThat(engine.asked).isEqualTo(2 + 2 * 255);
      StoreFixture.put(store, "one more");
      store.signHead();
      assertThat(store.head(store.origin()).orElseThrow().treeSize()).isEqualTo(256);
    }
  }

  @Test
  void aLogWhoseRecordsAreGoneTakesNoMoreAndSaysWhy() {
    Watched engine = new Watched(written(new ArrayList<>()));
    engine.lost = true;
    try (Store store = StoreFixture.open("a", engine)) {
      assertThatThrownBy(() -> StoreFixture.put(store, "one more"))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("records are missing from 0");
      assertThatThrownBy(store::heads).isInstanceOf(DamagedException.class);
      engine.lost = false;
      StoreFixture.put(store, "one more");
    }
  }
}
