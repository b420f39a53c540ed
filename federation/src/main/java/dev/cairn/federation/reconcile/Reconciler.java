package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Finds what two sets differ in by comparing fingerprints of ranges, and cutting up those that
 * differ: range-based set reconciliation (Meyer, 2022) in the messages of the Negentropy protocol,
 * version 1. Without I/O: bytes go in and come out.
 *
 * <pre>
 *   message      0x61 | range | range | ...                    ranges follow each other without gaps
 *   range        bound | varint 0                              skip: nothing to be said of it
 *                bound | varint 1 | fingerprint 16             {@link RangeSum#fingerprint}
 *                bound | varint 2 | varint count | id 32 | ... all ids of it
 *   bound        varint order | varint length | first bytes of an id      where the range ends
 * </pre>
 *
 * <p>The side that asks keeps no state between rounds but their number, the side that answers none
 * at all. Only the asking side learns the differences. One owner at a time.
 */
public final class Reconciler {
  private static final int VERSION = 0x61;
  private static final int VERSIONS_FROM = 0x60;
  private static final int VERSIONS_TO = 0x6f;
  private static final int SKIP = 0;
  private static final int FINGERPRINT = 1;
  private static final int ID_LIST = 2;

  /** Kept free in a message for the range that says there is more. */
  private static final int RESERVE_BYTES = 200;

  private final ItemSet items;
  private final ReconcileOptions options;
  private int rounds;

  /** One side's part, over its items. */
  public Reconciler(ItemSet items, ReconcileOptions options) {
    this.items = items;
    this.options = options;
  }

  /** The first question. */
  public Bytes open() {
    rounds = 1;
    RangeWriter out = new RangeWriter();
    out.bytes(version());
    describe(Bound.START, Bound.END, options.firstParts(), out);
    return out.toBytes();
  }

  /** How many questions were asked. */
  public int rounds() {
    return rounds;
  }

  /**
   * Answers a question.
   *
   * @throws MalformedException if it is none
   */
  public Bytes answer(Bytes question) {
    RangeReader in = new RangeReader(question);
    int version = in.u8();
    if (version != VERSION) {
      if (version < VERSIONS_FROM || version > VERSIONS_TO) {
        throw in.malformed("byte " + version + " where a version is due");
      }
      return version();
    }
    return walk(in, Optional.empty());
  }

  /**
   * Takes the answer to the last question.
   *
   * @return the next question; empty if all differences are told
   * @throws MalformedException if it is no answer
   * @throws RefusedException if the answers lead to no end
   */
  public Optional<Bytes> conclude(Bytes answer, Differences differences) {
    RangeReader in = new RangeReader(answer);
    int version = in.u8();
    if (version != VERSION) {
      throw new UnsupportedVersionException(
          "ranges of version " + version + " there, " + VERSION + " here");
    }
    Bytes next = walk(in, Optional.of(differences));
    if (next.length() == 1) {
      return Optional.empty();
    }
    if (rounds >= options.roundsMax()) {
      throw new RefusedException("reconciliation: no end after " + rounds + " rounds");
    }
    rounds++;
    return Optional.of(next);
  }

  private static Bytes version() {
    return Bytes.wrap(new byte[] {VERSION});
  }

  private Bytes walk(RangeReader in, Optional<Differences> differences) {
    Output out = new Output();
    Bound from = Bound.START;
    while (!in.isAtEnd() && !out.full) {
      if (from.equals(Bound.END)) {
        throw in.malformed("a range behind the end");
      }
      Bound to = in.bound();
      long mode = in.varint();
      if (mode == FINGERPRINT) {
        Bytes theirs = in.bytes(RangeSum.FINGERPRINT_BYTES);
        compare(from, to, theirs, out);
      } else if (mode == ID_LIST) {
        NavigableSet<Bytes> theirs = ids(in);
        if (differences.isPresent()) {
          tell(from, to, theirs, differences.get());
          out.skip(to);
        } else {
          out.list(from, to);
        }
      } else if (mode == SKIP) {
        out.skip(to);
      } else {
        throw in.malformed("a range of the unknown kind " + mode);
      }
      from = to;
    }
    return out.message.toBytes();
  }

  private static NavigableSet<Bytes> ids(RangeReader in) {
    int count = in.idCount();
    TreeSet<Bytes> ids = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      if (!ids.add(in.bytes(HashAlgorithm.DIGEST_BYTES))) {
        throw in.malformed("an id twice");
      }
    }
    return ids;
  }

  private void tell(Bound from, Bound to, NavigableSet<Bytes> theirs, Differences differences) {
    items.visit(
        from,
        to,
        item -> {
          if (!theirs.remove(item.id())) {
            differences.have(item.id());
          }
          return true;
        });
    theirs.forEach(differences::need);
  }

  private void compare(Bound from, Bound to, Bytes theirs, Output out) {
    if (items.sum(from, to).fingerprint().equals(theirs)) {
      out.skip(to);
    } else {
      out.describe(from, to);
    }
  }

  /** Lists a small range, and gives the fingerprints of a large one's parts. */
  private void describe(Bound from, Bound to, int parts, RangeWriter out) {
    long count = items.sum(from, to).count();
    if (count < 2L * options.parts()) {
      List<RangeItem> few = new ArrayList<>();
      items.visit(from, to, few::add);
      out.bound(to);
      list(few, out);
      return;
    }
    int fewer = (int) Math.min(parts, Math.max(options.parts(), count / options.parts()));
    Bound at = from;
    for (Bound next : items.split(from, to, fewer)) {
      fingerprint(at, next, out);
      at = next;
    }
    fingerprint(at, to, out);
  }

  private void fingerprint(Bound from, Bound to, RangeWriter out) {
    out.bound(to);
    out.varint(FINGERPRINT);
    out.bytes(items.sum(from, to).fingerprint());
  }

  private static void list(List<RangeItem> few, RangeWriter out) {
    out.varint(ID_LIST);
    out.varint(few.size());
    few.forEach(item -> out.bytes(item.id()));
  }

  /** A message being made, which stops at its greatest length. */
  private final class Output {
    private final RangeWriter message = new RangeWriter();

    /** Up to where the message speaks, skipped ranges behind that left out. */
    private Bound said = Bound.START;

    /** Up to where it would speak with them. */
    private Bound skipped = Bound.START;

    private boolean full;

    Output() {
      message.bytes(version());
    }

    /** Nothing is to be said up to a bound: that is said only if something follows. */
    void skip(Bound to) {
      skipped = to;
    }

    private void passSkipped() {
      if (skipped.compareTo(said) > 0) {
        message.bound(skipped);
        message.varint(SKIP);
        said = skipped;
      }
    }

    private boolean isFull(int more) {
      return message.length() + more > options.messageBytesMax() - RESERVE_BYTES;
    }

    void describe(Bound from, Bound to) {
      passSkipped();
      RangeWriter part = new RangeWriter();
      part.continueFrom(message);
      Reconciler.this.describe(from, to, options.parts(), part);
      if (isFull(part.length())) {
        stop();
        return;
      }
      message.append(part);
      said = to;
      skipped = to;
    }

    /** All ids of a range, or as many as there is room for. */
    void list(Bound from, Bound to) {
      passSkipped();
      List<RangeItem> fitting = new ArrayList<>();
      Bound[] end = {to};
      items.visit(
          from,
          to,
          item -> {
            if (isFull(fitting.size() * HashAlgorithm.DIGEST_BYTES)) {
              end[0] = Bound.before(item);
              return false;
            }
            fitting.add(item);
            return true;
          });
      message.bound(end[0]);
      Reconciler.list(fitting, message);
      said = end[0];
      skipped = end[0];
      if (isFull(0)) {
        stop();
      }
    }

    /** The rest is said to be different, unless it has the same fingerprint. */
    private void stop() {
      full = true;
      if (said.compareTo(Bound.END) < 0) {
        fingerprint(said, Bound.END, message);
        said = Bound.END;
      }
    }
  }
}
