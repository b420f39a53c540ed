package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Strict UTF-8. */
public final class Utf8 {
  private Utf8() {}

  /** True if the bytes are UTF-8 without surrogates and overlong forms. */
  public static boolean isValid(Bytes bytes) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes.toArray()));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
