package dev.cairn.cli.command;

import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.filter.PartialLogs;

/** Tells which logs are held in part, and how much of them. */
final class PartialCoverage {
  private PartialCoverage() {}

  static void tell(Store store, Console console) {
    for (PartialLogs.Coverage log : new PartialLogs(store).coverage()) {
      console.line(
          "in part     "
              + log.origin()
              + ": "
              + log.held()
              + " of "
              + log.size()
              + " records, by "
              + log.filter());
    }
  }

  static JsonArray json(Store store) {
    JsonArray told = new JsonArray();
    for (PartialLogs.Coverage log : new PartialLogs(store).coverage()) {
      told.add(
          new JsonObject()
              .addText("origin", log.origin())
              .addU64("treeSize", log.size())
              .addU64("held", log.held())
              .addText("filter", log.filter()));
    }
    return told;
  }
}
