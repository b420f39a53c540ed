package dev.cairn.pel.model;

import java.util.Locale;

/**
 * A refusal of inputs or parameters that is as much a function of them as a result would be, so it
 * may stand in a receipt: never thrown for I/O, lack of memory or time, or cancellation.
 *
 * <p>Its words are ours. What a library says may change with the library, and a receipt may not.
 */
public class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * A refusal.
   *
   * @param code a short word for programs: lower-case letters, digits and dashes
   * @param message for people; characters beyond printable ASCII are escaped, so that no version of
   *     Unicode shows in a receipt
   */
  public Refusal(String code, String message) {
    super(printable(message));
    this.code = code;
  }

  /** The short word. */
  public final String code() {
    return code;
  }

  /** As a receipt has it. */
  public final Receipt.Failure toFailure() {
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
