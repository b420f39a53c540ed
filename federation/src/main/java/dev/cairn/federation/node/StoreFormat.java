package dev.cairn.federation.node;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.Federation;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code format} file of a store directory: what says that it is one, and of which kind.
 *
 * <pre>
 *   cairn-store 2
 *   federation &lt;name&gt;
 *   epoch &lt;number&gt;
 *   backup                    only in a backup, which must not be written to
 * </pre>
 *
 * <p>The number is that of the store's format; a store of an earlier one is brought to the present
 * one when it is opened.
 *
 * @param version of the format that the store has
 * @param federation name of the federation
 * @param epoch the node's epoch, from 1
 * @param backup whether it is a backup
 */
record StoreFormat(int version, String federation, int epoch, boolean backup) {
  /** The format that this program writes. */
  static final int VERSION = 2;

  /** The earliest format that this program reads. */
  static final int VERSION_MIN = 1;

  /** The greatest epoch: what nine digits can say. */
  static final int EPOCH_MAX = 999_999_999;

  private static final Pattern FORM =
      Pattern.compile(
          "cairn-store ([12])\nfederation (\\S+)\nepoch ([1-9][0-9]{0,8})\n?(backup\n)?");
  private static final Pattern OTHER_VERSION =
      Pattern.compile("cairn-store (\\S{1,20})\\s.*", Pattern.DOTALL);

  StoreFormat(String federation, int epoch) {
    this(VERSION, federation, epoch, false);
  }

  StoreFormat {
    Federation.checkName(federation);
  }

  String encode() {
    String text =
        "cairn-store " + version + "\nfederation " + federation + "\nepoch " + epoch + "\n";
    return backup ? text + "backup\n" : text;
  }

  static StoreFormat decode(String text, String place) {
    Matcher matcher = FORM.matcher(text);
    if (matcher.matches()) {
      return new StoreFormat(
          Integer.parseInt(matcher.group(1)),
          matcher.group(2),
          Integer.parseInt(matcher.group(3)),
          matcher.group(4) != null);
    }
    Matcher other = OTHER_VERSION.matcher(text);
    if (other.matches() && !other.group(1).matches("[" + VERSION_MIN + "-" + VERSION + "]")) {
      throw new UnsupportedVersionException(
          place
              + ": a store of version "
              + other.group(1)
              + ", this program reads "
              + VERSION_MIN
              + " to "
              + VERSION
              + ": use a newer one");
    }
    throw new MalformedException(place + ": not the format file of a store");
  }
}
