package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A few records out of logs, each with the proof that it stands there, and what of their payloads
 * is needed: what a finding of an audit rests on, and no more. Its bytes are a bundle of version 2
 * (docs/format/excerpt.md). Nothing of it is checked here but its form.
 *
 * @param federation whose records
 * @param kind of the finding that it is to show
 * @param subject of that finding
 * @param sides the sources that hold the records, one or two, in order
 */
public record Excerpt(String federation, String kind, String subject, List<Side> sides) {
  /** Most sources. */
  public static final int SIDES_MAX = 2;

  /** Most records of all sources. */
  public static final int RECORDS_MAX = 1_000;

  /** Longest file, in bytes. */
  public static final int BYTES_MAX = 16 << 20;

  /**
   * What is shown of a source.
   *
   * @param name what it is called; not empty, and each another
   * @param logs in order of origins
   */
  public record Side(String name, List<Log> logs) {
    public Side {
      logs = List.copyOf(logs);
      if (name.isEmpty()) {
        throw new MalformedException("excerpt: a source without a name");
      }
      for (int i = 1; i < logs.size(); i++) {
        if (logs.get(i - 1).origin().compareTo(logs.get(i).origin()) >= 0) {
          throw new MalformedException("excerpt: logs out of order or twice");
        }
      }
    }
  }

  /**
   * What is shown of a log.
   *
   * @param origin whose
   * @param key of the node, which signs it
   * @param size how many records it has at the place that proofs lead to
   * @param root of the tree of these
   * @param note the signed checkpoint that says so; null if the source has none that does
   * @param records one at least, in order of indexes
   */
  public record Log(
      Origin origin,
      PublicKey key,
      long size,
      Bytes root,
      @Nullable Bytes note,
      List<Held> records) {
    public Log {
      records = List.copyOf(records);
      if (records.isEmpty()) {
        throw new MalformedException("excerpt: log " + origin + " without a record");
      }
      for (int i = 1; i < records.size(); i++) {
        records.get(i).comesAfter(records.get(i - 1));
      }
    }
  }

  /**
   * A record.
   *
   * @param record its bytes
   * @param proof that it stands in the tree, at the index that it states
   * @param payload as it lies in the source; null if it is not needed
   */
  public record Held(Bytes record, List<Bytes> proof, @Nullable Bytes payload) {
    public Held {
      proof = List.copyOf(proof);
    }

    /**
     * The index that the record states.
     *
     * @throws MalformedException if its bytes are no record
     */
    public long index() {
      return LogRecord.decode(record).index();
    }

    /** Refuses one that does not come after another one of its log. */
    void comesAfter(Held before) {
      if (index() <= before.index()) {
        throw new MalformedException(
            "excerpt: record " + index() + " behind record " + before.index() + " of its log");
      }
    }
  }

  public Excerpt {
    sides = List.copyOf(sides);
    Federation.checkName(federation);
    if (sides.isEmpty() || sides.size() > SIDES_MAX || records(sides) > RECORDS_MAX) {
      throw new MalformedException(
          "excerpt: " + records(sides) + " records of " + sides.size() + " sources");
    }
    if (sides.stream().map(Side::name).distinct().count() < sides.size()) {
      throw new MalformedException("excerpt: both sources are called " + sides.get(0).name());
    }
  }

  private static long records(List<Side> sides) {
    return sides.stream()
        .flatMap(side -> side.logs().stream())
        .mapToLong(log -> log.records().size())
        .sum();
  }

  /** How many records it has. */
  public int records() {
    return (int) records(sides);
  }

  /** The same without the record of that number, counted through sources and logs. */
  public Excerpt without(int number) {
    int at = 0;
    List<Side> fewer = new ArrayList<>();
    for (Side side : sides) {
      List<Log> logs = new ArrayList<>();
      for (Log log : side.logs()) {
        List<Held> held = new ArrayList<>();
        for (Held each : log.records()) {
          if (at++ != number) {
            held.add(each);
          }
        }
        if (!held.isEmpty()) {
          logs.add(new Log(log.origin(), log.key(), log.size(), log.root(), log.note(), held));
        }
      }
      fewer.add(new Side(side.name(), logs));
    }
    return new Excerpt(federation, kind, subject, fewer);
  }
}
