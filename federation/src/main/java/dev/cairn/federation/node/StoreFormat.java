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
 *   cairn-store 1
 *   federation &lt;name&gt;
 *   epoch &lt;number&gt;
 * </pre>
 *
 * @param federation name of the federation
 * @param epoch the node's epoch, from 1
 */
record StoreFormat(String federation, int epoch) {
  static final int VERSION = 1;

  private static final Pattern FORM =
      Pattern.compile("cairn-store 1\nfederation (\\S+)\nepoch ([1-9][0-9]{0,8})\n?");
  private static final Pattern OTHER_VERSION =
      Pattern.compile("cairn-store (\\S{1,20})\\s.*", Pattern.DOTALL);

  StoreFormat {
    Federation.checkName(federation);
  }

  String encode() {
    return "cairn-store " + VERSION + "\nfederation " + federation + "\nepoch " + epoch + "\n";
  }

  static StoreFormat decode(String text, String place) {
    Matcher matcher = FORM.matcher(text);
    if (matcher.matches()) {
      return new StoreFormat(matcher.group(1), Integer.parseInt(matcher.group(2)));
    }
    Matcher other = OTHER_VERSION.matcher(text);
    if (other.matches() && !other.group(1).equals(Integer.toString(VERSION))) {
      throw new UnsupportedVersionException(
          place + ": a store of version " + other.group(1) + ", this program reads " + VERSION);
    }
    throw new MalformedException(place + ": not the format file of a store");
  }
}
