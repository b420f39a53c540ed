package dev.cairn.cli.imports.git;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jgit.lib.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * Reads what git objects name, from their own bytes (gitformat: commit and tag headers are lines up
 * to an empty one, a tree is {@code <octal mode> <name> NUL <20 bytes>} entries).
 *
 * <p>The bytes rather than a library's view of them: grafts, replacements and shallow borders must
 * not change what an edge says.
 */
final class GitObjects {
  private static final int ID_BYTES = 20;
  private static final int HEX_DIGITS = 40;
  private static final int MODE_DIGITS_MAX = 7;

  private GitObjects() {}

  /**
   * An entry of a tree.
   *
   * @param mode kind and permissions
   * @param name its bytes
   * @param id what it names
   */
  record Entry(int mode, Bytes name, ObjectId id) {
    /** True for a commit of another repository: a submodule. */
    boolean isGitlink() {
      return (mode & 0170000) == 0160000;
    }
  }

  /**
   * What a commit names.
   *
   * @param tree its tree
   * @param parents in order
   */
  record Commit(ObjectId tree, List<ObjectId> parents) {}

  static List<Entry> tree(ObjectId id, byte[] bytes) {
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int mode = 0;
      int digits = 0;
      while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '7') {
        mode = mode << 3 | (bytes[at++] - '0');
        digits++;
      }
      int nul = at;
      while (nul < bytes.length && bytes[nul] != 0) {
        nul++;
      }
      if (digits == 0
          || digits > MODE_DIGITS_MAX
          || at >= bytes.length
          || bytes[at] != ' '
          || nul == at + 1
          || nul + ID_BYTES >= bytes.length) {
        throw new MalformedException("git tree " + id.name() + ": malformed at byte " + at);
      }
      entries.add(
          new Entry(mode, Bytes.copyOf(bytes, at + 1, nul), ObjectId.fromRaw(bytes, nul + 1)));
      at = nul + 1 + ID_BYTES;
    }
    return entries;
  }

  static Commit commit(ObjectId id, byte[] bytes) {
    ObjectId tree = null;
    List<ObjectId> parents = new ArrayList<>();
    for (String line : header(bytes)) {
      if (tree == null) {
        tree = idBehind("tree ", line);
        if (tree == null) {
          break;
        }
      } else {
        ObjectId parent = idBehind("parent ", line);
        if (parent == null) {
          break;
        }
        parents.add(parent);
      }
    }
    if (tree == null) {
      throw new MalformedException("git commit " + id.name() + ": names no tree");
    }
    return new Commit(tree, parents);
  }

  static ObjectId tagTarget(ObjectId id, byte[] bytes) {
    for (String line : header(bytes)) {
      ObjectId target = idBehind("object ", line);
      if (target != null) {
        return target;
      }
      break;
    }
    throw new MalformedException("git tag " + id.name() + ": names no object");
  }

  private static Iterable<String> header(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && !(bytes[end] == '\n' && (end == 0 || bytes[end - 1] == '\n'))) {
      end++;
    }
    String text = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    return Arrays.asList(text.split("\n", -1));
  }

  private static @Nullable ObjectId idBehind(String word, String line) {
    if (!line.startsWith(word) || line.length() != word.length() + HEX_DIGITS) {
      return null;
    }
    String hex = line.substring(word.length());
    return ObjectId.isId(hex) ? ObjectId.fromString(hex) : null;
  }
}
