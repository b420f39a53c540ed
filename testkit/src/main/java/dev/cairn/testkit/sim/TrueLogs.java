package dev.cairn.testkit.sim;

import dev.cairn.asl.model.Origin;
import org.jspecify.annotations.Nullable;

/** Logs as their origins wrote them, one of each origin. */
interface TrueLogs {
  /** The log of an origin; null if it wrote none. */
  Truth.@Nullable TrueLog find(Origin origin);

  /** The log of an origin that wrote one. */
  default Truth.TrueLog log(Origin origin) {
    Truth.TrueLog log = find(origin);
    if (log == null) {
      throw new AssertionError("no log of " + origin + " was ever written");
    }
    return log;
  }
}
