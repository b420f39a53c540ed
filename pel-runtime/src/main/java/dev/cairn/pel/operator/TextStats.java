package dev.cairn.pel.operator;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.OperatorId;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.TreeMap;

/**
 * {@code text/stats@1}: counts over the payloads of the inputs, a list standing for its items, as
 * canonical JSON.
 *
 * <pre>
 *   files         payloads looked at
 *   bytes         of all of them
 *   binaryFiles   those with a byte 0 among their first 8000, as git tells them; the counts below leave them out
 *   lines         bytes 0x0a
 *   blankLines    lines ended by one, in which all other bytes are spaces, tabs and carriage returns
 *   words         longest runs of bytes other than space and 0x09 to 0x0d
 *   longestLine   bytes of the longest line, ended or not, without its 0x0a
 * </pre>
 *
 * <p>Bytes are counted, not characters, so no encoding matters. Results of several runs may be
 * added up with {@code json/merge} and {@code max: [longestLine]}.
 */
final class TextStats implements Operator {
  private static final OperatorId ID = new OperatorId("text/stats", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "Counts files, bytes, binary files, lines, blank lines, words and the longest line.",
          0,
          OperatorSpec.ANY_NUMBER,
          List.of());

  private static final int SNIFFED_BYTES = 8000;
  private static final int BUFFER_BYTES = 1 << 16;

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Counter counter = new Counter();
    for (OperatorInput input : Inputs.flatten(context)) {
      try (InputStream payload = input.open()) {
        counter.file(payload);
      }
    }
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(counter.toJson()));
  }

  /** The running counts. One owner. */
  private static final class Counter {
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long files;
    private long bytes;
    private long binaryFiles;
    private long lines;
    private long blankLines;
    private long words;
    private long longestLine;

    private long lineBytes;
    private boolean lineBlank;
    private boolean inWord;

    void file(InputStream payload) throws IOException {
      files++;
      int head = payload.readNBytes(buffer, 0, SNIFFED_BYTES);
      boolean binary = hasZero(head);
      if (binary) {
        binaryFiles++;
      }
      startLine();
      inWord = false;
      for (int count = head; count > 0; count = payload.read(buffer)) {
        bytes += count;
        if (!binary) {
          text(count);
        }
      }
      longestLine = Math.max(longestLine, lineBytes);
    }

    private boolean hasZero(int count) {
      for (int i = 0; i < count; i++) {
        if (buffer[i] == 0) {
          return true;
        }
      }
      return false;
    }

    private void startLine() {
      lineBytes = 0;
      lineBlank = true;
    }

    private void text(int count) {
      for (int i = 0; i < count; i++) {
        byte b = buffer[i];
        boolean space = b == ' ' || (b >= 0x09 && b <= 0x0d);
        if (!space && !inWord) {
          words++;
        }
        inWord = !space;
        if (b == '\n') {
          endLine();
        } else {
          lineBytes++;
          lineBlank &= b == ' ' || b == '\t' || b == '\r';
        }
      }
    }

    private void endLine() {
      lines++;
      if (lineBlank) {
        blankLines++;
      }
      longestLine = Math.max(longestLine, lineBytes);
      startLine();
    }

    Json toJson() {
      TreeMap<String, Json> members = new TreeMap<>();
      members.put("files", Json.Num.of(files));
      members.put("bytes", Json.Num.of(bytes));
      members.put("binaryFiles", Json.Num.of(binaryFiles));
      members.put("lines", Json.Num.of(lines));
      members.put("blankLines", Json.Num.of(blankLines));
      members.put("words", Json.Num.of(words));
      members.put("longestLine", Json.Num.of(longestLine));
      return new Json.Dict(members);
    }
  }
}
