package dev.cairn.cli.command;

import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStanding;
import java.util.List;

/** Tells which logs are held in part, and how much of them. */
final class PartialCoverage {
  private PartialCoverage() {}

  /** All but what the store holds as a whole by now. */
  private static List<PartialLogs.Coverage> of(Store store) {
    PartialLogs logs = new PartialLogs(store);
    return logs.coverage().stream()
        .filter(log -> logs.standing(log.origin()) != PartialStanding.COVERED)
        .toList();
  }

  /** How many logs are held in part. */
  static int count(Store store) {
    return of(store).size();
  }

  static void tell(Store store, Console console) {
    for (PartialLogs.Coverage log : of(store)) {
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
    for (PartialLogs.Coverage log : of(store)) {
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
