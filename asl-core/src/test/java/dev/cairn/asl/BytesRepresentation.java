package dev.cairn.asl;

import dev.cairn.asl.bytes.Bytes;
import org.assertj.core.presentation.StandardRepresentation;

/** How failed assertions show bytes: in hex, for {@link Bytes#toString} hides them. */
public final class BytesRepresentation extends StandardRepresentation {
  private static final int BYTES_SHOWN_MAX = 256;

  @Override
  protected String fallbackToStringOf(Object object) {
    if (!(object instanceof Bytes bytes)) {
      return super.fallbackToStringOf(object);
    }
    return bytes.length() <= BYTES_SHOWN_MAX
        ? bytes.toHex()
        : bytes.slice(0, BYTES_SHOWN_MAX).toHex() + "… of " + bytes.length() + " bytes";
  }

  @Override
  public int getPriority() {
    return 1;
  }
}
