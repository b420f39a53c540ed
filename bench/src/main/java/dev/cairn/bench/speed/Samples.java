package dev.cairn.bench.speed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The turns of one side. One owner. */
final class Samples {
  private final List<Turn> turns = new ArrayList<>();

  private record Turn(long units, long wallNanos, long cpuNanos) {}

  void add(long units, Lap lap) {
    turns.add(new Turn(units, lap.wallNanos(), lap.cpuNanos()));
  }

  /** Units a second, turn by turn. */
  double[] rates() {
    return turns.stream().mapToDouble(turn -> turn.units * 1e9 / turn.wallNanos).toArray();
  }

  /** Units a second over all turns together. */
  double totalRate() {
    return units() * 1e9 / turns.stream().mapToLong(Turn::wallNanos).sum();
  }

  /** Microseconds of CPU a unit, over all turns together. */
  double cpuMicros() {
    return turns.stream().mapToLong(Turn::cpuNanos).sum() / 1e3 / units();
  }

  private long units() {
    return turns.stream().mapToLong(Turn::units).sum();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The least value that at most one in a hundred exceeds. */
  static double percentile99(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length * 99 + 99) / 100 - 1];
  }

  static double min(double[] values) {
    return Arrays.stream(values).min().orElse(Double.NaN);
  }

  static double max(double[] values) {
    return Arrays.stream(values).max().orElse(Double.NaN);
  }
}
