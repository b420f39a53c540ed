package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.StoreIdentity;
import dev.cairn.asl.time.Entropy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a store notices that it is a copy or was put back: a random mark that the database and the
 * file {@code incarnation} beside it both hold, and the number that the file system gave to that
 * file, which a copy of it does not get.
 *
 * <pre>
 *   cairn-incarnation 1
 *   mark &lt;32 hex&gt;
 *   inode &lt;number, or - where there are none&gt;
 * </pre>
 *
 * <p>Where anything of this disagrees, the store goes on in the next epoch and as another
 * incarnation. A false alarm, such as a store that was moved to another disk, costs a number and
 * nothing else. Not noticed is a whole file system that was put back to an earlier state: that
 * takes a peer's word ({@link dev.cairn.asl.error.StaleEpochException}).
 *
 * <p>The next epoch's number is not just one more. Of two stores restored from one backup neither
 * knows of the other, and under one number they would sign two different logs. So it is 1 to
 * {@value #LEAP_MAX} more, by chance.
 */
final class Incarnation {
  static final String NAME = "incarnation";

  /** Farthest from one epoch to the next. */
  static final int LEAP_MAX = 1 << 20;

  private static final int MARK_BYTES = 16;
  private static final String NO_INODE = "-";
  private static final Pattern FORM =
      Pattern.compile("cairn-incarnation 1\nmark ([0-9a-f]{32})\ninode ([0-9]{1,20}|-)\n");

  private Incarnation() {}

  /**
   * The epoch to write under. Must be called before a store is opened for writing; what it decides
   * is durable when it returns.
   *
   * @param engine the store's database, open for writing
   * @param lost whether an acknowledged tail is gone
   */
  static StoreFormat settle(
      Path directory,
      StorageEngine engine,
      StoreFormat format,
      NodeId node,
      boolean lost,
      Entropy entropy) {
    if (!lost && isSettled(directory, engine, format)) {
      return format;
    }
    int closed = StoreIdentity.closedEpoch(engine);
    boolean unmarked =
        StoreIdentity.incarnation(engine).isEmpty() && !Files.exists(directory.resolve(NAME));
    if (unmarked && !lost && closed < format.epoch()) {
      begin(directory, engine, entropy);
      return format;
    }
    int before =
        Math.max(Math.max(format.epoch(), closed), StoreIdentity.greatestEpoch(engine, node));
    StoreFormat next =
        new StoreFormat(format.version(), format.federation(), next(before, entropy), false);
    StoreIdentity.closeEpoch(engine, before);
    StoreDirectory.replaceFormat(directory, next);
    begin(directory, engine, entropy);
    return next;
  }

  /** Whether {@link #settle} would change nothing, if nothing acknowledged is gone. */
  private static boolean isSettled(Path directory, StorageEngine engine, StoreFormat format) {
    Optional<Bytes> known = StoreIdentity.incarnation(engine);
    return known.isPresent()
        && isHere(directory, known.get())
        && StoreIdentity.closedEpoch(engine) < format.epoch();
  }

  /** A fresh mark, for a database that gets it otherwise. */
  static Bytes freshMark(Entropy entropy) {
    return entropy.bytes(MARK_BYTES);
  }

  private static void begin(Path directory, StorageEngine engine, Entropy entropy) {
    Bytes mark = freshMark(entropy);
    write(directory, mark);
    StoreIdentity.begin(engine, mark);
  }

  private static int next(int before, Entropy entropy) {
    int leap = 1 + (entropy.bytes(Integer.BYTES).u32At(0) & (LEAP_MAX - 1));
    if (before > StoreFormat.EPOCH_MAX - leap) {
      throw new RefusedException("no epoch is left behind " + before + ": clone the store");
    }
    return before + leap;
  }

  /** Notes a mark beside the database, durably. */
  static void write(Path directory, Bytes mark) {
    Path draft = directory.resolve(NAME + ".new");
    try {
      Files.deleteIfExists(draft);
      StoreDirectory.writeText(draft, "", false);
      String text = "cairn-incarnation 1\nmark " + mark.toHex() + "\ninode " + inode(draft) + "\n";
      StoreDirectory.overwriteText(draft, text);
      Files.move(draft, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
      StoreDirectory.syncDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isHere(Path directory, Bytes mark) {
    Path file = directory.resolve(NAME);
    if (!Files.exists(file)) {
      return false;
    }
    Matcher noted = FORM.matcher(StoreDirectory.readText(file));
    try {
      return noted.matches()
          && noted.group(1).equals(mark.toHex())
          && (noted.group(2).equals(NO_INODE) || noted.group(2).equals(inode(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String inode(Path file) throws IOException {
    try {
      return Long.toUnsignedString(((Number) Files.getAttribute(file, "unix:ino")).longValue());
    } catch (UnsupportedOperationException e) {
      return NO_INODE;
    }
  }
}
