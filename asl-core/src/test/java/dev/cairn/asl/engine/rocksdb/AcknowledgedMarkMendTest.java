package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.time.Ticker;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mark is whole on both sides before anything of it is written anew. */
class AcknowledgedMarkMendTest {
  private static final int LOGS = 40;

  @TempDir private Path folder;

  @Test
  void aSideThatACrashDamagedIsMadeWholeFromTheOther() throws IOException {
    TreeMap<Bytes, AcknowledgedState.Head> heads = new TreeMap<>();
    for (int i = 0; i < LOGS; i++) {
      heads.put(Bytes.u64(i), new AcknowledgedState.Head(i + 1, 7));
    }
    AcknowledgedState state = new AcknowledgedState(heads, 99, 7, 5, 3, 0, false);
    AcknowledgedMark.open(folder, state, Ticker.system()).close();
    Path file = folder.resolve(AcknowledgedMark.NAME);
    byte[] whole = Files.readAllBytes(file);
    for (int slot = 0; slot <= LOGS; slot++) {
      for (int side = 0; side < 2; side++) {
        int page = 1 + 2 * (slot / 32) + side;
        int place = page * AcknowledgedMark.PAGE_BYTES + slot % 32 * AcknowledgedMark.SLOT_BYTES;
        byte[] torn = whole.clone();
        torn[place + 3 + slot] ^= 1;
        Files.write(file, torn);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
          AcknowledgedMark.mend(out);
        }
        assertThat(Files.readAllBytes(file)).as("slot %d, side %d", slot, side).isEqualTo(whole);
      }
    }
  }
}
