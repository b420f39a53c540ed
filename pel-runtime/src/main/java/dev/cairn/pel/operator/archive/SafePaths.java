package dev.cairn.pel.operator.archive;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.Refusal;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The paths of an archive as labels that are safe to unpack anywhere: relative, below where they
 * are unpacked, without {@code ..}, empty parts, backslashes, colons behind one letter and control
 * characters, in Unicode's normal form C, and each once. A path that begins with {@code ./} stands
 * for the rest, and that of a directory ends in a slash or not. One owner.
 */
public final class SafePaths {
  /** Most parts of a path. */
  static final int PARTS_MAX = 128;

  private final Node root = new Node();

  /** A path seen, and those below it; a file has no map. */
  private static final class Node {
    private @Nullable Map<String, Node> below = new HashMap<>();
  }

  /** No paths yet. */
  public SafePaths() {}

  /**
   * The label for a path; empty for the directory that all is in.
   *
   * @throws Refusal {@code hostile-path} or {@code duplicate-path}
   */
  public String add(String path, boolean directory) {
    String rest = path;
    while (rest.startsWith("./")) {
      rest = rest.substring(2);
    }
    if (directory && rest.endsWith("/")) {
      rest = rest.substring(0, rest.length() - 1);
    }
    if (directory && (rest.isEmpty() || rest.equals("."))) {
      if (path.startsWith("/")) {
        throw hostile(path, "is absolute");
      }
      return "";
    }
    check(path, rest);
    remember(path, rest, directory);
    return rest;
  }

  private static void check(String path, String rest) {
    if (rest.startsWith("/")) {
      throw hostile(path, "is absolute");
    }
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (c < 0x20 || c == 0x7f || c == '\\') {
        throw hostile(path, "has a backslash or a control character");
      }
    }
    if (rest.length() >= 2 && rest.charAt(1) == ':') {
      throw hostile(path, "begins as a drive's");
    }
    String[] parts = rest.split("/", -1);
    if (parts.length > PARTS_MAX) {
      throw hostile(path, "has more than " + PARTS_MAX + " parts");
    }
    for (String part : parts) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw hostile(path, "has an empty part, . or ..");
      }
    }
    try {
      new CborValue.Text(rest);
    } catch (IllegalArgumentException e) {
      throw hostile(path, "is not in Unicode's normal form C");
    }
  }

  /** A directory may be told of often, and is told of by all that is in it. */
  private void remember(String path, String rest, boolean directory) {
    Node at = root;
    String[] parts = rest.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      if (at.below == null) {
        throw new Refusal(
            "duplicate-path", Mistakes.quote(path) + " lies in what is not a directory");
      }
      boolean last = i == parts.length - 1;
      Node found = at.below.get(parts[i]);
      if (last && found != null && !(directory && found.below != null)) {
        throw new Refusal("duplicate-path", Mistakes.quote(path) + " stands twice");
      }
      if (found == null) {
        found = new Node();
        if (last && !directory) {
          found.below = null;
        }
        at.below.put(parts[i], found);
      }
      at = found;
    }
  }

  private static Refusal hostile(String path, String why) {
    return new Refusal("hostile-path", Mistakes.quote(path) + " " + why);
  }
}
