package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonObject;

/**
 * What an import of provenance comes to, told alike for every format.
 *
 * @param artifacts distinct artifacts with content of their own
 * @param edges distinct edges
 * @param references distinct artifacts that stand for a name
 * @param written records written
 * @param passedOver malformed parts passed over
 */
record ImportTotals(long artifacts, long edges, long references, long written, long passedOver) {
  /**
   * Tells it.
   *
   * @param parts what the malformed parts are called
   * @param nanos how long it took
   */
  void tell(String parts, long nanos, Console console) {
    console.result(
        new JsonObject()
            .add("artifacts", artifacts)
            .add("edges", edges)
            .add("references", references)
            .add("new", written)
            .add("skipped", passedOver)
            .addSeconds("seconds", nanos),
        artifacts
            + " artifacts, "
            + edges
            + " edges, "
            + references
            + " references; "
            + written
            + " new records");
    if (passedOver > 0) {
      console.warn(passedOver + " malformed " + parts + " passed over");
    }
  }
}
