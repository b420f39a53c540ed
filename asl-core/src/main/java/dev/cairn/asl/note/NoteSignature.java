package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.nio.ByteBuffer;

/**
 * One signature line of a signed note, of any algorithm.
 *
 * <pre>
 *   — &lt;name&gt; base64( u32be key hash | signature )
 * </pre>
 *
 * @param name of the key
 * @param keyHash which of the keys of that name
 * @param signature at least one byte; what it means is up to the key
 */
public record NoteSignature(String name, int keyHash, Bytes signature) {
  static final String LINE_START = "— ";

  public NoteSignature {
    KeyName.check("note signature", name);
    if (signature.isEmpty()) {
      throw new MalformedException("note signature: no byte behind the key hash");
    }
  }

  /** Reads a line without its newline. */
  static NoteSignature parseLine(int number, String line) {
    String what = "signed note, signature " + number;
    int space = line.indexOf(' ', LINE_START.length());
    if (!line.startsWith(LINE_START) || space < 0) {
      throw new MalformedException(what + ": not of the form '" + LINE_START + "<name> <base64>'");
    }
    Bytes hashAndSignature = StrictBase64.decode(what, line.substring(space + 1));
    if (hashAndSignature.length() <= Integer.BYTES) {
      throw new MalformedException(what + ": " + hashAndSignature.length() + " bytes are too few");
    }
    return new NoteSignature(
        line.substring(LINE_START.length(), space),
        hashAndSignature.u32At(0),
        hashAndSignature.slice(Integer.BYTES));
  }

  String line() {
    Bytes hash = Bytes.wrap(ByteBuffer.allocate(Integer.BYTES).putInt(keyHash).array());
    return LINE_START + name + " " + StrictBase64.encode(hash.plus(signature));
  }
}
