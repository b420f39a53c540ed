package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What all records of one id come to: the greatest put, the greatest tombstone and the greatest
 * erasing tombstone, each by (logseq, origin). A join: order and repetition of the records do not
 * matter. The records that it does not show are rows of {@link StoreTables#HISTORY}.
 *
 * <pre>
 *   u8 parts present: 1 put, 2 tombstone, 4 erasure; then those parts, each
 *   varint logseq | origin 36 | fact ({@link Fact})
 * </pre>
 *
 * <p>An erasure that is also the greatest tombstone stands once, with parts 2 and 4 set and its own
 * form saying that it erases.
 *
 * @param put the greatest put
 * @param tombstone the greatest tombstone, erasing or not
 * @param erasure the greatest tombstone that asks for erasure
 */
record LiveRow(
    Fact.@Nullable Put put, Fact.@Nullable Tombstone tombstone, Fact.@Nullable Tombstone erasure) {
  static final LiveRow NOTHING = new LiveRow(null, null, null);

  private static final int PUT = 1;
  private static final int TOMBSTONE = 2;
  private static final int ERASURE = 4;

  /**
   * A row joined with one more record.
   *
   * @param row the join
   * @param displaced records that the row does not show any more, or never did
   */
  record Joined(LiveRow row, List<Fact> displaced) {}

  /** The join with one more record of the same id. */
  Joined join(Fact fact) {
    LiveRow joined =
        fact instanceof Fact.Put later
            ? new LiveRow(greater(put, later), tombstone, erasure)
            : joinTombstone((Fact.Tombstone) fact);
    List<Fact> shown = joined.facts();
    List<Fact> displaced = new ArrayList<>();
    for (Fact before : facts()) {
      if (!shown.contains(before)) {
        displaced.add(before);
      }
    }
    if (!shown.contains(fact)) {
      displaced.add(fact);
    }
    return new Joined(joined, displaced);
  }

  private LiveRow joinTombstone(Fact.Tombstone later) {
    return new LiveRow(
        put, greater(tombstone, later), later.erase() ? greater(erasure, later) : erasure);
  }

  private static <T extends Fact> T greater(@Nullable T left, T right) {
    return left == null || left.place().compareTo(right.place()) < 0 ? right : left;
  }

  /** The records shown, each once, in no order. */
  List<Fact> facts() {
    List<Fact> facts = new ArrayList<>(3);
    forEachFact(facts::add);
    return facts;
  }

  /** Hands on the records shown, each once, in no order. */
  void forEachFact(Consumer<Fact> sink) {
    if (put != null) {
      sink.accept(put);
    }
    if (tombstone != null) {
      sink.accept(tombstone);
    }
    if (erasure != null && !erasure.equals(tombstone)) {
      sink.accept(erasure);
    }
  }

  /** True if one that is shown comes after a record that is not, in everything that it states. */
  boolean hides(Fact fact) {
    if (fact instanceof Fact.Put) {
      return isBefore(fact, put);
    }
    return isBefore(fact, tombstone)
        && (!((Fact.Tombstone) fact).erase() || isBefore(fact, erasure));
  }

  private static boolean isBefore(Fact fact, @Nullable Fact other) {
    return other != null && fact.place().compareTo(other.place()) < 0;
  }

  boolean isLive() {
    return put != null && (tombstone == null || tombstone.place().compareTo(put.place()) < 0);
  }

  /** True if no put comes after the latest erasure. */
  boolean isErased() {
    return erasure != null && (put == null || put.place().compareTo(erasure.place()) < 0);
  }

  Optional<LiveEntry> live(ArtifactKey key) {
    return put != null && isLive() ? Optional.of(put.entry(key)) : Optional.empty();
  }

  Bytes encode() {
    Fact.Writer out = new Fact.Writer();
    boolean same = erasure != null && erasure.equals(tombstone);
    out.u8(
        (put == null ? 0 : PUT)
            | (tombstone == null ? 0 : TOMBSTONE)
            | (erasure == null ? 0 : ERASURE));
    if (put != null) {
      out.placed(put);
    }
    if (tombstone != null) {
      out.placed(tombstone);
    }
    if (erasure != null && !same) {
      out.placed(erasure);
    }
    return out.toBytes();
  }

  /** What a row says under its path; {@link #NOTHING} if there is none. */
  static LiveRow read(Bytes path, @Nullable Bytes row) {
    return row == null ? NOTHING : StoreTables.LIVE.read(path, row, LiveRow::decode);
  }

  /** The id that a row is about. */
  static ArtifactKey id(Bytes path) {
    return StoreTables.LIVE.read(path, Bytes.EMPTY, (key, value) -> Paths.key(key));
  }

  /** True if the first byte of a row says that nothing but a put follows. */
  static boolean isPutAlone(int parts) {
    return parts == PUT;
  }

  private static LiveRow decode(Bytes path, Bytes row) {
    Paths.check(path);
    Fact.Reader in = new Fact.Reader(row);
    int parts = in.u8();
    Fact.Put put = (parts & PUT) == 0 ? null : put(in.placed());
    Fact.Tombstone tombstone = (parts & TOMBSTONE) == 0 ? null : tombstone(in.placed());
    Fact.Tombstone erasure = null;
    if ((parts & ERASURE) != 0) {
      erasure = tombstone != null && tombstone.erase() ? tombstone : tombstone(in.placed());
    }
    in.end();
    if (!isJoin(tombstone, erasure)) {
      throw new MalformedException("tombstones " + tombstone + " and " + erasure);
    }
    return new LiveRow(put, tombstone, erasure);
  }

  /** True if these can be the greatest tombstone and the greatest one that erases. */
  private static boolean isJoin(
      Fact.@Nullable Tombstone tombstone, Fact.@Nullable Tombstone erasure) {
    if (tombstone == null || erasure == null) {
      return erasure == null && (tombstone == null || !tombstone.erase());
    }
    return erasure.erase()
        && (tombstone.erase()
            ? tombstone.equals(erasure)
            : erasure.place().compareTo(tombstone.place()) < 0);
  }

  private static Fact.Put put(Fact fact) {
    if (fact instanceof Fact.Put put) {
      return put;
    }
    throw new MalformedException("a tombstone in the place of a put");
  }

  private static Fact.Tombstone tombstone(Fact fact) {
    if (fact instanceof Fact.Tombstone tombstone) {
      return tombstone;
    }
    throw new MalformedException("a put in the place of a tombstone");
  }
}
