package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Access;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table that is read by digest answers as any other: its filters pass over files, never rows,
 * also in a database that was written when the table had none, or others.
 */
class DigestTableTest {
  private static final Table TABLE = new Table("test.rows", Table.Scope.DERIVED, Access.BY_DIGEST);
  private static final List<Table> BEFORE =
      List.of(
          new Table("test.rows", Table.Scope.DERIVED, Access.SCANNED),
          new Table("test.rows", Table.Scope.DERIVED, Access.LOOKED_UP));
  private static final int ROUNDS = 12;
  private static final int CHANGES = 60;
  private static final int QUESTIONS = 150;

  /** Neighbours, ends of the order, and two that never have a row. */
  private static final List<Bytes> DIGESTS =
      List.of(
          digest(0, 0),
          digest(0, 1),
          digest(7, 0xfe),
          digest(7, 0xff),
          digest(8, 0),
          digest(0xff, 0xfe),
          digest(0xff, 0xff),
          digest(7, 0xfd),
          digest(9, 9));

  private final Random random = new Random(41);
  private final TreeMap<Bytes, Bytes> model = new TreeMap<>();

  @TempDir Path directory;

  @Test
  void anyRangeShowsWhatASortedMapWould() {
    for (int round = 0; round < ROUNDS; round++) {
      try (RocksEngine engine = open(round % 3 == 0 ? TABLE : BEFORE.get(round % 3 - 1))) {
        engine.write(changes(), Durability.SYNCED);
        if (round % 4 == 0) {
          engine.reclaim();
        }
        for (int i = 0; i < QUESTIONS; i++) {
          ask(engine);
        }
      }
    }
    assertThat(model).isNotEmpty();
  }

  private List<RowChange> changes() {
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < CHANGES; i++) {
      Bytes key = key(random.nextInt(DIGESTS.size() - 2));
      if (random.nextInt(4) == 0) {
        changes.add(RowChange.delete(TABLE, key));
        model.remove(key);
      } else {
        changes.add(RowChange.put(TABLE, key, Bytes.u64(random.nextLong())));
        model.put(key, changes.get(changes.size() - 1).value());
      }
    }
    return changes;
  }

  private void ask(RocksEngine engine) {
    Bytes digest = DIGESTS.get(random.nextInt(DIGESTS.size()));
    Bytes from = digest;
    Bytes to = digest.prefixEnd();
    switch (random.nextInt(6)) {
      case 0 -> to = Bytes.EMPTY;
      case 1 -> to = key(random.nextInt(DIGESTS.size()));
      case 2 -> {
        from = digest.plus(suffix());
        to = digest.plus(suffix());
      }
      case 3 -> from = digest.slice(0, random.nextInt(digest.length()));
      case 4 -> from = digest.plus(suffix());
      default -> {
        // The rows of one digest.
      }
    }
    NavigableMap<Bytes, Bytes> expected = within(from, to);
    try (RowCursor rows = engine.scan(TABLE, from, to)) {
      assertThat(left(rows)).isEqualTo(List.copyOf(expected.keySet()));
      Bytes sought = key(random.nextInt(DIGESTS.size()));
      rows.seek(sought);
      assertThat(left(rows))
          .isEqualTo(expected.keySet().stream().filter(key -> key.compareTo(sought) >= 0).toList());
    }
    Row last = engine.last(TABLE, from, to);
    Map.Entry<Bytes, Bytes> greatest = expected.lastEntry();
    assertThat(last == null ? null : last.key())
        .isEqualTo(greatest == null ? null : greatest.getKey());
    Bytes one = key(random.nextInt(DIGESTS.size()));
    assertThat(engine.get(TABLE, one)).isEqualTo(model.get(one));
  }

  private NavigableMap<Bytes, Bytes> within(Bytes from, Bytes to) {
    NavigableMap<Bytes, Bytes> above = model.tailMap(from, true);
    return to.isEmpty()
        ? above
        : from.compareTo(to) < 0 ? above.headMap(to, false) : Collections.emptyNavigableMap();
  }

  private static List<Bytes> left(RowCursor rows) {
    List<Bytes> keys = new ArrayList<>();
    while (rows.next()) {
      keys.add(rows.key());
    }
    return keys;
  }

  private Bytes key(int digest) {
    return DIGESTS.get(digest).plus(suffix());
  }

  private Bytes suffix() {
    byte[] suffix = new byte[random.nextInt(3)];
    Arrays.fill(suffix, (byte) random.nextInt(-2, 3));
    return Bytes.wrap(suffix);
  }

  private static Bytes digest(int first, int last) {
    byte[] digest = new byte[32];
    Arrays.fill(digest, (byte) first);
    digest[31] = (byte) last;
    return Bytes.wrap(digest);
  }

  private RocksEngine open(Table table) {
    return RocksEngine.open(directory, Set.of(table), RocksOptions.DEFAULT);
  }
}
