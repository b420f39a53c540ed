package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A named, ordered table of an engine. Keys are ordered as unsigned bytes.
 *
 * @param name lower-case letters, digits, dots and dashes: {@code asl.log}
 * @param scope whether its rows follow from records alone
 * @param access how its rows are written and found
 */
public record Table(String name, Scope scope, Access access) implements Comparable<Table> {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9.-]{0,62}");

  /** Most bytes of a row's key that a message shows. */
  private static final int KEY_SHOWN_BYTES = 128;

  /** What a table's rows depend on. */
  public enum Scope {
    /**
     * A function of the set of records held: equal, byte for byte, on every store that holds the
     * same records.
     */
    DERIVED,
    /**
     * Payload bytes named by their digest: what this store possesses, which may be less than what
     * it knows of.
     */
    CONTENT,
    /** This store's own: arrival order, labels, times, peers. Never compared. */
    LOCAL
  }

  /** What an engine may lay its rows out for. It decides what is fast, never what is true. */
  public enum Access {
    /** Keys come in no order; many are asked for that are not there. */
    LOOKED_UP,
    /** Keys come in no order; they are read by prefix, never asked for whole. */
    SCANNED,
    /**
     * Keys come in no order and begin with a digest, or with the most of one, by which they are
     * read: with {@value HashAlgorithm#DIGEST_BYTES} bytes that few of them share. Many digests are
     * asked for that are not there.
     */
    BY_DIGEST,
    /** Keys come in rising order, and those asked for are mostly there. */
    IN_ORDER,
    /** Values of many kilobytes under keys in no order, read one at a time. */
    LARGE
  }

  /**
   * Makes of a row what it says. It need not look before it reads: a row that is too short, or says
   * what cannot be, may end it with any exception that {@link #read} names.
   */
  @FunctionalInterface
  public interface Decoder<T> {
    /** What the row says. */
    T decode(Bytes key, Bytes value);
  }

  /** A table of which rows are looked up. */
  public Table(String name, Scope scope) {
    this(name, scope, Access.LOOKED_UP);
  }

  public Table {
    if (!NAME.matcher(name).matches()) {
      throw new MalformedException("table name: '" + name + "'");
    }
  }

  /**
   * What a row of this table says. Whatever bytes stand there, one who reads rows by this gets
   * their meaning or a {@link DamagedException} that names table and key. A version that is not
   * known is damage too: which versions of rows a store may hold, its format says, and a store of a
   * later format is refused by that before any row is read.
   *
   * @param decoder throws, of a row without meaning, a {@link MalformedException}, {@link
   *     UnsupportedVersionException}, {@link IllegalArgumentException}, {@link
   *     IndexOutOfBoundsException} or {@link ArithmeticException}
   */
  public <T> T read(Bytes key, Bytes value, Decoder<T> decoder) {
    try {
      return decoder.decode(key, value);
    } catch (MalformedException
        | UnsupportedVersionException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | ArithmeticException e) {
      throw damaged(key, e);
    }
  }

  /** Says that a row of this table has no meaning, by its key. */
  public DamagedException damaged(Bytes key, @Nullable Exception cause) {
    boolean whole = key.length() <= KEY_SHOWN_BYTES;
    String why =
        cause instanceof IndexOutOfBoundsException
            ? "it ends early"
            : cause == null ? null : cause.getMessage();
    return new DamagedException(
        "row "
            + (whole ? shown(key) : shown(key.slice(0, KEY_SHOWN_BYTES)))
            + (whole ? "" : "... (" + key.length() + " bytes)")
            + " of "
            + name
            + " is damaged"
            + (why == null ? "" : ": " + why),
        cause);
  }

  /** A key as its text in quotes if it is a word in ASCII, else in hexadecimal digits. */
  private static String shown(Bytes key) {
    for (int i = 0; i < key.length(); i++) {
      if (key.at(i) <= ' ' || key.at(i) > '~' || key.at(i) == '\'') {
        return key.toHex();
      }
    }
    return "'" + key.toUtf8() + "'";
  }

  /**
   * The number that a row is, for {@link #read}: 8 bytes, not negative.
   *
   * @throws MalformedException if it is none
   */
  public static long number(Bytes key, Bytes value) {
    if (value.length() != Long.BYTES || value.u64At(0) < 0) {
      throw new MalformedException("no number stands there");
    }
    return value.u64At(0);
  }

  // What a record has of these by itself is put together at the first call, late in every start.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Table table
        && name.equals(table.name)
        && scope == table.scope
        && access == table.access;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public int compareTo(Table other) {
    return name.compareTo(other.name);
  }
}
