package dev.cairn.asl.time;

/** Milliseconds of civil time; may jump either way. Safe for any thread. */
@FunctionalInterface
public interface WallClock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  long millis();

  /** The machine's clock. */
  static WallClock system() {
    return System::currentTimeMillis;
  }
}
