package dev.cairn.testkit.sim;

import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.ArrayList;
import java.util.List;

/** The defect of {@link PlantedBug#ONE_CURSOR_PER_PEER}. */
final class PlantedCursor {
  private PlantedCursor() {}

  /** The hello of a peer that is believed to hold everything up to its greatest logseq. */
  static Hello collapse(Store store, Hello hello) {
    long seen = hello.cursor().stream().mapToLong(CursorEntry::lastLogseq).max().orElse(0);
    List<CursorEntry> cursor = new ArrayList<>();
    for (LogHead head : store.heads()) {
      long size = store.firstIndexAfter(head.origin(), seen);
      if (size > 0) {
        long last = store.record(head.origin(), size - 1).orElseThrow().logseq();
        cursor.add(new CursorEntry(head.origin(), size, last));
      }
    }
    return new Hello(
        hello.versionMin(),
        hello.versionMax(),
        hello.federation(),
        hello.node(),
        hello.key(),
        hello.codecs(),
        hello.sends(),
        hello.receives(),
        cursor);
  }
}
