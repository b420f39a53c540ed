package dev.cairn.pel.operator;

import dev.cairn.pel.model.Receipt;
import java.util.Locale;

/**
 * An operator's refusal of its inputs or parameters: as much a function of them as an output is, so
 * it may stand in a receipt. Never thrown for I/O, lack of memory or time, or cancellation.
 */
public final class OperatorFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * A refusal.
   *
   * @param code a short word for programs: lower-case letters, digits and dashes
   * @param message for people; characters beyond printable ASCII are escaped, so that no version of
   *     Unicode shows in a receipt
   */
  public OperatorFailure(String code, String message) {
    super(printable(message));
    this.code = code;
  }

  /** As a receipt has it. */
  public Receipt.Failure toFailure() {
    return new Receipt.Failure(code, String.valueOf(getMessage()));
  }

  private static String printable(String message) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      if (c >= 0x20 && c <= 0x7e) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
      if (out.length() > Receipt.Failure.MESSAGE_CHARS_MAX) {
        return out.substring(0, Receipt.Failure.MESSAGE_CHARS_MAX - 3) + "...";
      }
    }
    return out.isEmpty() ? "no message" : out.toString();
  }
}
