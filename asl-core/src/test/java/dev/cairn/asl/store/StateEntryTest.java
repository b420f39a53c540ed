package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What most live rows are is read in a shorter way, which says the same of every row. */
final class StateEntryTest {
  private static final int ROWS = 50_000;

  private static final Bytes DIGEST = HashAlgorithm.SHA_256.hash(Bytes.EMPTY);

  private static final Bytes PATH = Paths.of(new ArtifactKey(HashAlgorithm.SHA_256, DIGEST));

  private static final RecordKind[] PUTS = {
    RecordKind.ARTIFACT, RecordKind.PER, RecordKind.TGK_EDGE
  };

  private static final long[] NUMBERS = {0, 1, 127, 128, 16_384, Long.MAX_VALUE, -1};

  private static final int[] EPOCHS = {1, 2, Integer.MAX_VALUE, 0, -1, Integer.MIN_VALUE};

  private static final int[] PARTS = {1, 1, 1, 1, 0, 2, 3, 5, 7, 8, 9, 255};

  private static final int[] FORMS = {3, 4, 5, 3, 4, 5, 0, 1, 2, 6, 7, 255};

  private final Random random = new Random(7);

  @Test
  void whateverStandsInARowBothWaysToReadItSayTheSame() {
    int plain = 0;
    int others = 0;
    int gone = 0;
    int damaged = 0;
    for (int i = 0; i < ROWS; i++) {
      Bytes path = random.nextInt(20) == 0 ? mutated(PATH) : PATH;
      Bytes whole = random.nextBoolean() ? joined() : written();
      Bytes row = random.nextBoolean() ? mutated(whole) : whole;
      var due = outcome(() -> StateEntry.ofLive(path, LiveRow.read(path, row)));
      var read = outcome(() -> StateEntry.ofRow(path, row));
      if (!read.equals(due)) {
        assertThat(read).as("row %s of path %s", row.toHex(), path.toHex()).isEqualTo(due);
      }
      if (due.isEmpty()) {
        damaged++;
      } else if (due.get().isEmpty()) {
        gone++;
      } else if (LiveRow.isPutAlone(row.at(0))) {
        plain++;
      } else {
        others++;
      }
    }
    assertThat(List.of(plain, others, gone, damaged))
        .as("rows of each sort")
        .allMatch(rows -> rows > ROWS / 50);
  }

  /** Empty if the row is damaged. Nothing else may be thrown. */
  private static Optional<Optional<StateEntry>> outcome(Supplier<Optional<StateEntry>> read) {
    try {
      return Optional.of(read.get());
    } catch (DamagedException e) {
      return Optional.empty();
    }
  }

  /** A row as records make it. */
  private Bytes joined() {
    LiveRow row = LiveRow.NOTHING;
    for (int i = random.nextInt(3); i >= 0; i--) {
      Origin origin = new Origin(new NodeId(DIGEST), 1 + random.nextInt(2));
      Place place = new Place(1 + random.nextInt(300), origin, random.nextInt(300));
      row = row.join(fact(place)).row();
    }
    return row.encode();
  }

  private Fact fact(Place place) {
    if (random.nextInt(3) == 0) {
      return new Fact.Tombstone(place, random.nextBoolean());
    }
    return new Fact.Put(
        place,
        PUTS[random.nextInt(PUTS.length)],
        random.nextInt(LogRecord.COMMIT_RECORDS_MAX),
        new PayloadDigest(DIGEST),
        random.nextInt(3) == 0 ? new TypeTag("text/plain") : null);
  }

  /** A row of the fields of a put, some of which may be none that there are. */
  private Bytes written() {
    Fact.Writer out = new Fact.Writer();
    out.u8(PARTS[random.nextInt(PARTS.length)]);
    out.varint(number());
    byte[] origin = new byte[Origin.BYTES];
    ByteBuffer.wrap(origin).putInt(NodeId.BYTES, EPOCHS[random.nextInt(EPOCHS.length)]);
    out.bytes(Bytes.wrap(origin));
    out.u8(FORMS[random.nextInt(FORMS.length)]);
    out.varint(number());
    out.varint(number());
    int tag = random.nextInt(3) == 0 ? random.nextInt(256) : 0;
    out.u8(tag);
    out.bytes(Bytes.utf8("t".repeat(tag)));
    out.bytes(DIGEST);
    return out.toBytes();
  }

  private long number() {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }

  /** Bytes of which some are others, are missing, or stand there besides. */
  private Bytes mutated(Bytes whole) {
    int at = random.nextInt(whole.length());
    int kept = random.nextInt(4) == 0 ? at + random.nextInt(whole.length() - at + 1) : at;
    byte[] between = new byte[random.nextInt(4) == 0 ? random.nextInt(12) : 1];
    random.nextBytes(between);
    if (random.nextBoolean() && between.length > 0) {
      between[0] = (byte) (whole.at(at) ^ (1 << random.nextInt(Byte.SIZE)));
    }
    int from = random.nextInt(4) == 0 ? kept : Math.min(whole.length(), at + between.length);
    return Bytes.concat(whole.slice(0, at), Bytes.wrap(between), whole.slice(from, whole.length()));
  }
}
