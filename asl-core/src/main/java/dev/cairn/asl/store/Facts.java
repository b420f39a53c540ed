package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds what records say of an id, and which ids state a payload, in the rows that {@link
 * LivenessIndex} writes:
 *
 * <pre>
 *   asl.live        path                          {@link LiveRow}
 *   asl.history     id | u64be logseq | origin    {@link Fact}, for records that the live row does not show
 *   asl.by-payload  first 8 bytes of the payload digest | first 8 bytes of the path       nothing
 * </pre>
 *
 * <p>Most ids have one record for ever, which the live row shows; so a put costs one row here, and
 * the short keys of by-payload say where to look, not what is there: whoever finds an id through
 * them looks at its facts. Safe for any thread.
 */
final class Facts {
  private static final int SHORT_BYTES = 8;

  private Facts() {}

  static LiveRow row(RowSource rows, ArtifactKey id) {
    Bytes path = Paths.of(id);
    return LiveRow.read(path, rows.get(StoreTables.LIVE, path));
  }

  static Bytes historyKey(ArtifactKey id, Place place) {
    return Bytes.concat(id.bytes(), Bytes.u64(place.logseq()), place.origin().bytes());
  }

  static Bytes historyValue(Fact fact) {
    Fact.Writer out = new Fact.Writer();
    out.fact(fact);
    return out.toBytes();
  }

  static Bytes byPayloadKey(PayloadDigest digest, Bytes path) {
    return digest.digest().slice(0, SHORT_BYTES).plus(path.slice(0, SHORT_BYTES));
  }

  /** What one record says of an id, whichever its index; null if none is known there. */
  static @Nullable Fact at(RowSource rows, ArtifactKey id, Place place) {
    for (Fact fact : row(rows, id).facts()) {
      if (fact.place().compareTo(place) == 0) {
        return fact;
      }
    }
    Bytes key = historyKey(id, place);
    Bytes value = rows.get(StoreTables.HISTORY, key);
    return value == null ? null : hidden(key, value);
  }

  /** All that is said of an id, in the total order. */
  static List<Fact> of(RowSource rows, ArtifactKey id) {
    return of(rows, id, row(rows, id));
  }

  /**
   * The same for one who has the live row. It was read first: a record that moves from there to the
   * history meanwhile is found in both and counts once.
   */
  private static List<Fact> of(RowSource rows, ArtifactKey id, LiveRow row) {
    TreeMap<Place, Fact> facts = new TreeMap<>();
    row.facts().forEach(fact -> facts.put(fact.place(), fact));
    hidden(rows, id).forEach(fact -> facts.put(fact.place(), fact));
    return List.copyOf(facts.values());
  }

  /** A part of what {@link #of} gives: at most {@code limit} behind a place, or from the first. */
  static List<Fact> page(TableReader rows, ArtifactKey id, @Nullable Place after, int limit) {
    TreeMap<Place, Fact> facts = new TreeMap<>();
    for (Fact fact : row(RowSource.of(rows), id).facts()) {
      if (after == null || fact.place().compareTo(after) > 0) {
        facts.put(fact.place(), fact);
      }
    }
    Bytes from = after == null ? id.bytes() : historyKey(id, after).plus(Bytes.wrap(new byte[1]));
    try (RowCursor hidden = rows.scan(StoreTables.HISTORY, from, id.bytes().prefixEnd())) {
      for (int left = limit; left > 0 && hidden.next(); left--) {
        Fact fact = hidden(hidden.key(), hidden.value());
        facts.put(fact.place(), fact);
      }
    }
    return facts.values().stream().limit(limit).toList();
  }

  /** The records of an id that its live row does not show, in the total order. */
  private static List<Fact> hidden(RowSource rows, ArtifactKey id) {
    List<Fact> facts = new ArrayList<>();
    Bytes prefix = id.bytes();
    for (Bytes key : rows.keysWithPrefix(StoreTables.HISTORY, prefix)) {
      Bytes value = rows.get(StoreTables.HISTORY, key);
      if (value != null) {
        facts.add(hidden(key, value));
      }
    }
    return facts;
  }

  /** The id that a row of {@link StoreTables#HISTORY} speaks of. */
  static ArtifactKey hiddenId(Bytes key) {
    return StoreTables.HISTORY.read(
        key, Bytes.EMPTY, (row, value) -> ArtifactKey.fromBytes(row.slice(0, ArtifactKey.BYTES)));
  }

  /** The record that a row of {@link StoreTables#HISTORY} tells of. */
  static Fact hidden(Bytes key, Bytes value) {
    return StoreTables.HISTORY.read(key, value, Facts::decode);
  }

  private static Fact decode(Bytes key, Bytes value) {
    Fact.Reader in = new Fact.Reader(value);
    Fact fact =
        in.fact(
            key.u64At(ArtifactKey.BYTES),
            Origin.fromBytes(key.slice(ArtifactKey.BYTES + Long.BYTES)));
    in.end();
    return fact;
  }

  /** The puts of an id, the latest first. */
  static List<Fact.Put> puts(RowSource rows, ArtifactKey id, LiveRow row) {
    List<Fact.Put> puts = new ArrayList<>();
    for (Fact fact : of(rows, id, row)) {
      if (fact instanceof Fact.Put put) {
        puts.add(put);
      }
    }
    Collections.reverse(puts);
    return puts;
  }

  /** Of some puts of one id, the latest first, the latest of each log. */
  static List<Fact.Put> latestOfEachLog(List<Fact.Put> puts) {
    Set<Origin> seen = new HashSet<>();
    return puts.stream().filter(put -> seen.add(put.place().origin())).toList();
  }

  /** The puts of an id that state this payload, the latest first. */
  static List<Fact.Put> puts(RowSource rows, ArtifactKey id, LiveRow row, PayloadDigest digest) {
    return puts(rows, id, row).stream().filter(put -> put.payloadDigest().equals(digest)).toList();
  }

  /**
   * The ids of which some record states this payload, in order of paths.
   *
   * @param digest the payload
   */
  static List<ArtifactKey> sharers(RowSource rows, PayloadDigest digest) {
    TreeSet<Bytes> candidates = new TreeSet<>();
    Bytes prefix = digest.digest().slice(0, SHORT_BYTES);
    for (Bytes key : rows.keysWithPrefix(StoreTables.BY_PAYLOAD, prefix)) {
      if (key.length() != 2 * SHORT_BYTES) {
        // Of a shorter one, all that is live would be a candidate.
        throw StoreTables.BY_PAYLOAD.damaged(key, null);
      }
      candidates.addAll(rows.keysWithPrefix(StoreTables.LIVE, key.slice(SHORT_BYTES)));
    }
    List<ArtifactKey> sharers = new ArrayList<>();
    for (Bytes path : candidates) {
      ArtifactKey id = LiveRow.id(path);
      if (states(rows, id, digest)) {
        sharers.add(id);
      }
    }
    return sharers;
  }

  private static boolean states(RowSource rows, ArtifactKey id, PayloadDigest digest) {
    LiveRow row = row(rows, id);
    Fact.@Nullable Put latest = row.put();
    if (latest != null && latest.payloadDigest().equals(digest)) {
      return true;
    }
    return !puts(rows, id, row, digest).isEmpty();
  }
}
