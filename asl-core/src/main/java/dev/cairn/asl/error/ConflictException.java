package dev.cairn.asl.error;

/**
 * What is to be stated contradicts what was stated before, in a field that never changes; nothing
 * was changed. The message names the thing, the field, and both values.
 */
public final class ConflictException extends CairnException {
  private static final long serialVersionUID = 1L;

  private final String field;

  /**
   * A contradiction.
   *
   * @param thing what both statements are about
   * @param field in which they differ
   * @param held what was stated before
   * @param given what is to be stated
   */
  public ConflictException(String thing, String field, String held, String given) {
    super(
        Advice.FIX_REQUEST,
        thing + ": '" + field + "' is '" + held + "' and never changes, not '" + given + "'",
        null);
    this.field = field;
  }

  /** The field in which the statements differ. */
  public String field() {
    return field;
  }
}
