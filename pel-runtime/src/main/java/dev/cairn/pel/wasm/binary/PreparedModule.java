package dev.cairn.pel.wasm.binary;

import java.util.Set;

/**
 * A module that was checked and rewritten: it may be compiled, and cannot fail in being
 * instantiated. It exports {@link #RUN}, {@link #START} if it has a start function, which nobody
 * calls by itself, and the variables {@link #FUEL} and {@link #DEPTH}.
 *
 * @param bytes the binary format; not to be changed
 * @param pages pages of memory at first
 * @param pagesMax most pages of memory that it asks for, as an unsigned integer
 * @param hasStart whether it has a start function
 * @param largeFunctions indexes of functions that are too large for one method of the JVM
 */
@SuppressWarnings("ArrayRecordComponent")
public record PreparedModule(
    byte[] bytes, int pages, int pagesMax, boolean hasStart, Set<Integer> largeFunctions) {
  /** Does the work. */
  public static final String RUN = " run";

  /** To be called before. */
  public static final String START = " start";

  /** Units of work that are left. */
  public static final String FUEL = " fuel";

  /** Slots that nested calls may still take. */
  public static final String DEPTH = " depth";
}
