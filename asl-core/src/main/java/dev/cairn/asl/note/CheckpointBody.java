package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The text of any log's checkpoint (C2SP tlog-checkpoint).
 *
 * <pre>
 *   &lt;origin&gt;                       some line that names the log
 *   &lt;tree size&gt;                    decimal, no leading zero, below 2^63
 *   &lt;base64 of the root hash&gt;      32 bytes
 *   &lt;extension&gt;                    any number of lines that are not empty
 * </pre>
 *
 * <p>Every line ends in a newline. {@link #parse} accepts only what {@link #format} writes.
 *
 * @param origin the first line
 * @param size leaves of the tree
 * @param root their Merkle root
 * @param extensions further lines, without newlines
 */
public record CheckpointBody(String origin, long size, Bytes root, List<String> extensions) {
  private static final int FIXED_LINES = 3;
  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,18}");

  public CheckpointBody {
    extensions = List.copyOf(extensions);
    checkLine("the origin", origin);
    extensions.forEach(extension -> checkLine("an extension", extension));
    if (size < 0) {
      throw new MalformedException("checkpoint: a negative tree size");
    }
    if (root.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException(
          "checkpoint: a root of " + root.length() + " bytes, not " + HashAlgorithm.DIGEST_BYTES);
    }
  }

  /** Reads a text, strictly. */
  public static CheckpointBody parse(String text) {
    if (text.length() > SignedNote.NOTE_BYTES_MAX) {
      throw new MalformedException("checkpoint: " + text.length() + " characters are too many");
    }
    List<String> lines = lines(text);
    if (lines.size() < FIXED_LINES) {
      throw new MalformedException(
          "checkpoint: " + lines.size() + " lines, fewer than " + FIXED_LINES);
    }
    return new CheckpointBody(
        lines.get(0),
        parseDecimal("checkpoint: the tree size", lines.get(1)),
        StrictBase64.decode("checkpoint: the root", lines.get(2)),
        lines.subList(FIXED_LINES, lines.size()));
  }

  /** The text. */
  public String format() {
    StringBuilder out = new StringBuilder();
    out.append(origin).append('\n').append(size).append('\n');
    out.append(StrictBase64.encode(root)).append('\n');
    extensions.forEach(extension -> out.append(extension).append('\n'));
    return out.toString();
  }

  /** A number from 0 to 2^63-1 in its only decimal form. */
  static long parseDecimal(String what, String digits) {
    if (DECIMAL.matcher(digits).matches()) {
      try {
        return Long.parseLong(digits);
      } catch (NumberFormatException e) {
        throw new MalformedException(what + " is above 2^63-1", e);
      }
    }
    throw new MalformedException(
        what + " is not a decimal number below 2^63 without leading zeros");
  }

  private static List<String> lines(String text) {
    if (!text.endsWith("\n")) {
      throw new MalformedException("checkpoint: does not end in a newline");
    }
    List<String> lines = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int end = text.indexOf('\n', at);
      lines.add(text.substring(at, end));
      at = end + 1;
    }
    return lines;
  }

  private static void checkLine(String what, String line) {
    if (line.isEmpty() || line.indexOf('\n') >= 0) {
      throw new MalformedException("checkpoint: " + what + " is not one line of text");
    }
  }
}
