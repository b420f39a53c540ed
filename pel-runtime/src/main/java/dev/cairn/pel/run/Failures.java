package dev.cairn.pel.run;

import dev.cairn.asl.error.CairnException;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.model.RunStatus;
import java.util.Locale;
import java.util.TreeMap;

/** Receipts of runs that ended in an exception of the environment: they claim nothing. */
final class Failures {
  private Failures() {}

  /** What says that the run may be tried again. */
  static Receipt retryable(Invocation invocation, String node, CairnException thrown) {
    TreeMap<String, Receipt.Failure> failures = new TreeMap<>();
    failures.put(node, new Refusal(code(thrown), String.valueOf(thrown.getMessage())).toFailure());
    return new Receipt(
        invocation.program(),
        invocation.inputs(),
        new TreeMap<>(),
        RunStatus.FAILED_RETRYABLE,
        new TreeMap<>(),
        failures);
  }

  /** {@code UnavailableException} as {@code unavailable}. */
  private static String code(CairnException thrown) {
    String name = thrown.getClass().getSimpleName();
    String word = name.endsWith("Exception") ? name.substring(0, name.length() - 9) : name;
    return word.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }
}
