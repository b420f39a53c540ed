package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Field;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A range of paths.
 *
 * @param from the least path, or any beginning of it
 * @param to exclusive end; empty means no end
 */
record DigestRange(Bytes from, Bytes to) {
  /** More beginnings than these are not worth a range each. */
  private static final int RANGES_MAX = 256;

  static final DigestRange ALL = new DigestRange(Bytes.EMPTY, Bytes.EMPTY);

  /** Digest space, as far as shards cut it. */
  private static final BigInteger SPACE = BigInteger.ONE.shiftLeft(Long.SIZE);

  /** The shard of this number: ranges of digests of the same size that follow one another. */
  static DigestRange shard(int number, int shards) {
    return new DigestRange(
        number == 0 ? Bytes.EMPTY : boundary(number, shards),
        number == shards - 1 ? Bytes.EMPTY : boundary(number + 1, shards));
  }

  private static Bytes boundary(int number, int shards) {
    return Bytes.u64(
        SPACE.multiply(BigInteger.valueOf(number)).divide(BigInteger.valueOf(shards)).longValue());
  }

  boolean isEmpty() {
    return !to.isEmpty() && from.compareTo(to) >= 0;
  }

  /** What lies in this and in another range. */
  DigestRange and(DigestRange other) {
    Bytes least = from.compareTo(other.from) >= 0 ? from : other.from;
    if (to.isEmpty() || other.to.isEmpty()) {
      return new DigestRange(least, to.isEmpty() ? other.to : to);
    }
    return new DigestRange(least, to.compareTo(other.to) <= 0 ? to : other.to);
  }

  /** The ranges, in order and apart, outside of which no key meets a condition. */
  static List<DigestRange> of(Condition condition) {
    if (condition.field() != Field.KEY
        || condition.negated()
        || !(condition.test() instanceof Condition.Begins begins)
        || begins.beginnings().size() > RANGES_MAX) {
      return List.of(ALL);
    }
    TreeSet<String> digits = new TreeSet<>();
    for (String beginning : begins.beginnings()) {
      digits.add(beginning.substring(beginning.indexOf(':') + 1));
    }
    List<DigestRange> ranges = new ArrayList<>();
    String last = null;
    for (String beginning : digits) {
      // One that begins with another one lies within it, and sorts right behind it.
      if (last == null || !beginning.startsWith(last)) {
        ranges.add(ofDigits(beginning));
        last = beginning;
      }
    }
    return ranges;
  }

  private static DigestRange ofDigits(String digits) {
    boolean odd = digits.length() % 2 == 1;
    Bytes from = Bytes.fromHex(odd ? digits + "0" : digits);
    Bytes last = odd ? Bytes.fromHex(digits + "f") : from;
    return new DigestRange(from, last.prefixEnd());
  }
}
