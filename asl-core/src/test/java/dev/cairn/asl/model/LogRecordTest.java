package dev.cairn.asl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Log records, tombstone notes, snapshots, cuts and positions: what they hold and what they refuse.
 */
class LogRecordTest {
  private static final ArtifactId HELLO = ArtifactHasher.identify(Bytes.utf8("hello"), null);
  private static final PayloadDigest DIGEST = HELLO.payloadDigest();
  private static final LogRecord RECORD = record(RecordKind.ARTIFACT, null);
  private static final Origin FIRST = new Origin(NodeId.parse("0".repeat(64)), 1);
  private static final Origin SECOND = new Origin(NodeId.parse("f".repeat(64)), 1);
  private static final Bytes ROOT = HELLO.key().digest();

  @Test
  void theKindFollowsFromTheTag() {
    assertThat(RecordKind.ofPut(null)).isEqualTo(RecordKind.ARTIFACT);
    assertThat(RecordKind.ofPut(TypeTag.EDGE)).isEqualTo(RecordKind.TGK_EDGE);
    assertThat(RecordKind.ofPut(TypeTag.RECEIPT)).isEqualTo(RecordKind.PER);
    assertThat(RecordKind.ofPut(TypeTag.TOMBSTONE))
        .as("the note as an artifact")
        .isEqualTo(RecordKind.ARTIFACT);
    for (RecordKind kind : RecordKind.values()) {
      assertThat(RecordKind.byCode(kind.code())).isSameAs(kind);
      for (TypeTag tag :
          new TypeTag[] {
            null, TypeTag.EDGE, TypeTag.RECEIPT, TypeTag.TOMBSTONE, TypeTag.SNAPSHOT
          }) {
        boolean fits =
            kind == RecordKind.ofPut(tag)
                || (kind == RecordKind.TOMBSTONE && TypeTag.TOMBSTONE.equals(tag));
        if (fits) {
          assertThat(LogRecord.decode(record(kind, tag).encode())).isEqualTo(record(kind, tag));
          assertThat(record(kind, tag).isPut()).isEqualTo(kind != RecordKind.TOMBSTONE);
        } else {
          assertThatThrownBy(() -> record(kind, tag))
              .as("%s %s", kind, tag)
              .isInstanceOf(MalformedException.class);
        }
      }
    }
    assertThatThrownBy(() -> RecordKind.byCode(0)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> RecordKind.byCode(5)).isInstanceOf(MalformedException.class);
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThatThrownBy(
            () -> new LogRecord(-1, 1, 0, RecordKind.ARTIFACT, HELLO.key(), null, 5, DIGEST))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () -> new LogRecord(0, 0, 0, RecordKind.ARTIFACT, HELLO.key(), null, 5, DIGEST))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () -> new LogRecord(0, 1, -1, RecordKind.ARTIFACT, HELLO.key(), null, 5, DIGEST))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () -> new LogRecord(0, 1, 0, RecordKind.ARTIFACT, HELLO.key(), null, -5, DIGEST))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aRecordOfAnotherVersionIsNamedSo() {
    Bytes later =
        new CborWriter().array(10).uint(2).raw(RECORD.encode().slice(2)).bool(true).toBytes();
    assertThatThrownBy(() -> LogRecord.decode(later))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessage("log record: version 2 is not the supported version 1");
  }

  @Test
  void aRecordWithAFieldOutOfRangeIsRefused() {
    assertThat(LogRecord.decode(fields(0, 1, 0, 1, 5).toBytes())).isEqualTo(RECORD);
    for (Bytes bad :
        List.of(
            fields(0, 0, 0, 1, 5).toBytes(),
            fields(0, 1, 0, 0, 5).toBytes(),
            fields(0, 1, 0, 2, 5).toBytes(),
            fields(0, 1, 0, 5, 5).toBytes(),
            fields(0, 1, 0, 256, 5).toBytes(),
            fields(0, 1, 0, 1, 5).nul().toBytes(),
            new CborWriter().array(8).uint(1).toBytes(),
            new CborWriter().array(0).toBytes(),
            Bytes.EMPTY)) {
      assertThatThrownBy(() -> LogRecord.decode(bad)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void everyFlippedBitOfARecordIsRefusedOrAnotherRecord() {
    Bytes good = RECORD.encode();
    for (int bit = 0; bit < good.length() * 8; bit++) {
      byte[] bent = good.toArray();
      bent[bit / 8] ^= (byte) (1 << (bit % 8));
      Bytes input = Bytes.wrap(bent);
      try {
        LogRecord other = LogRecord.decode(input);
        assertThat(other).isNotEqualTo(RECORD);
        assertThat(other.encode()).isEqualTo(input);
      } catch (MalformedException | UnsupportedVersionException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void everyTruncationOfEveryFormatIsRefused() {
    Bytes record = RECORD.encode();
    Bytes note = new TombstoneNote(true, "why").encode();
    Bytes snapshot = new Snapshot("default", List.of(head(FIRST)), ROOT).encode();
    for (int length = 0; length < record.length(); length++) {
      Bytes cut = record.slice(0, length);
      assertThatThrownBy(() -> LogRecord.decode(cut)).isInstanceOf(MalformedException.class);
    }
    for (int length = 0; length < note.length(); length++) {
      Bytes cut = note.slice(0, length);
      assertThatThrownBy(() -> TombstoneNote.decode(cut)).isInstanceOf(MalformedException.class);
    }
    for (int length = 0; length < snapshot.length(); length++) {
      Bytes cut = snapshot.slice(0, length);
      assertThatThrownBy(() -> Snapshot.decode(cut)).isInstanceOf(MalformedException.class);
    }
  }

  @Property
  void everyRecordSurvivesTheRoundTrip(
      @ForAll @LongRange(min = 0) long index,
      @ForAll @LongRange(min = 1) long logseq,
      @ForAll @LongRange(min = 0) long hlc,
      @ForAll @LongRange(min = 0) long length) {
    LogRecord record =
        new LogRecord(
            index, logseq, hlc, RecordKind.TGK_EDGE, HELLO.key(), TypeTag.EDGE, length, DIGEST);
    assertThat(LogRecord.decode(record.encode())).isEqualTo(record);
  }

  @ParameterizedTest
  @ValueSource(strings = {"e\u0301", "\ud800"})
  void aReasonThatCannotBeWrittenIsTheCallersError(String reason) {
    assertThatThrownBy(() -> new TombstoneNote(false, reason))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTombstoneNoteSurvivesTheRoundTripAndItsReasonIsBounded() {
    for (TombstoneNote note :
        List.of(
            new TombstoneNote(false, null),
            new TombstoneNote(true, ""),
            new TombstoneNote(true, "withdrawn, caf\u00e9 \ud83d\ude00"),
            new TombstoneNote(false, "x".repeat(4096)))) {
      assertThat(TombstoneNote.decode(note.encode())).isEqualTo(note);
    }
    assertThatThrownBy(() -> new TombstoneNote(false, "x".repeat(4097)))
        .isInstanceOf(IllegalArgumentException.class);
    Bytes tooLong = new CborWriter().array(3).uint(1).bool(false).text("x".repeat(4097)).toBytes();
    assertThatThrownBy(() -> TombstoneNote.decode(tooLong)).isInstanceOf(MalformedException.class);
    Bytes later = new CborWriter().array(4).uint(2).bool(false).nul().nul().toBytes();
    assertThatThrownBy(() -> TombstoneNote.decode(later))
        .isInstanceOf(UnsupportedVersionException.class);
    Bytes behind = new TombstoneNote(false, null).encode().plus(Bytes.fromHex("00"));
    assertThatThrownBy(() -> TombstoneNote.decode(behind)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aSnapshotHasItsHeadsInOrderOnceEach() {
    Snapshot snapshot = new Snapshot("default", List.of(head(FIRST), head(SECOND)), ROOT);
    assertThat(Snapshot.decode(snapshot.encode())).isEqualTo(snapshot);
    assertThat(snapshot.key()).isEqualTo(ArtifactKey.of(snapshot.encode(), TypeTag.SNAPSHOT));
    assertThat(snapshot.cut().logseqs())
        .containsExactlyInAnyOrderEntriesOf(new TreeMap<>(java.util.Map.of(FIRST, 7L, SECOND, 7L)));
    assertThatThrownBy(() -> new Snapshot("default", List.of(head(SECOND), head(FIRST)), ROOT))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Snapshot("default", List.of(head(FIRST), head(FIRST)), ROOT))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Snapshot("default", List.of(), ROOT.slice(1)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Snapshot("Not A Name", List.of(), ROOT))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Snapshot.Head(FIRST, 0, 1, ROOT))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Snapshot.Head(FIRST, 1, 0, ROOT))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Snapshot.Head(FIRST, 1, 1, ROOT.slice(1)))
        .isInstanceOf(MalformedException.class);
    Bytes later = new CborWriter().array(5).uint(2).toBytes();
    assertThatThrownBy(() -> Snapshot.decode(later.plus(Bytes.wrap(new byte[4]))))
        .isInstanceOf(UnsupportedVersionException.class);
    Bytes million =
        new CborWriter()
            .array(4)
            .uint(1)
            .text("default")
            .toBytes()
            .plus(Bytes.fromHex("9a000f4240"));
    assertThatThrownBy(() -> Snapshot.decode(million)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aSnapshotWhoseEpochIsOutOfRangeIsRefused() {
    Bytes bad =
        new CborWriter()
            .array(4)
            .uint(1)
            .text("default")
            .array(1)
            .array(5)
            .bytes(ROOT)
            .uint(1L << 31)
            .uint(1)
            .uint(1)
            .bytes(ROOT)
            .bytes(ROOT)
            .toBytes();
    assertThatThrownBy(() -> Snapshot.decode(bad))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("2147483648");
  }

  @Test
  void aCutIncludesWhatIsAtOrBeforeItsLine() {
    TreeMap<Origin, Long> line = new TreeMap<>();
    line.put(FIRST, 3L);
    Cut cut = new Cut(line);
    line.put(SECOND, 9L);
    assertThat(cut.includes(FIRST, 3)).isTrue();
    assertThat(cut.includes(FIRST, 4)).isFalse();
    assertThat(cut.includes(SECOND, 1))
        .as("a cut does not see later changes of its source")
        .isFalse();
    assertThat(Cut.NOTHING.includes(FIRST, 0)).isFalse();
    assertThatThrownBy(() -> cut.logseqs().put(SECOND, 1L))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> new Cut(new TreeMap<>(java.util.Map.of(FIRST, -1L))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theTotalOrderIsByLogseqThenIdThenOrigin() {
    ArtifactKey low = new ArtifactKey(HELLO.key().algorithm(), Bytes.fromHex("00".repeat(32)));
    ArtifactKey high = new ArtifactKey(HELLO.key().algorithm(), Bytes.fromHex("ff".repeat(32)));
    List<Position> ordered =
        List.of(
            new Position(1, high, SECOND),
            new Position(2, low, FIRST),
            new Position(2, low, SECOND),
            new Position(2, high, FIRST),
            new Position(Long.MAX_VALUE, low, FIRST));
    List<Position> shuffled = new ArrayList<>(ordered);
    Collections.shuffle(shuffled, new Random(1));
    Collections.sort(shuffled);
    assertThat(shuffled).isEqualTo(ordered);
    assertThat(RECORD.position(FIRST)).isEqualTo(new Position(1, HELLO.key(), FIRST));
  }

  private static CborWriter fields(long index, long logseq, long hlc, long kind, long length) {
    return new CborWriter()
        .array(9)
        .uint(1)
        .uint(index)
        .uint(logseq)
        .uint(hlc)
        .uint(kind)
        .bytes(HELLO.key().bytes())
        .nul()
        .uint(length)
        .bytes(DIGEST.digest());
  }

  private static LogRecord record(RecordKind kind, @Nullable TypeTag tag) {
    return new LogRecord(0, 1, 0, kind, HELLO.key(), tag, 5, DIGEST);
  }

  private static Snapshot.Head head(Origin origin) {
    return new Snapshot.Head(origin, 7, 42, ROOT);
  }
}
