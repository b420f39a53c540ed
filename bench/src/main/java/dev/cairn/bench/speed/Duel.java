package dev.cairn.bench.speed;

/**
 * Two sides that do the same work in turns, so that a slow moment of the machine hits both. Who
 * begins changes from round to round.
 *
 * @param own our turns
 * @param floor the floor's
 */
record Duel(Samples own, Samples floor) {
  /** One side. */
  @FunctionalInterface
  interface Side {
    /** Does one turn's work, with the lap going while it counts; how many units that were. */
    long turn(int round, Lap lap) throws Exception;
  }

  /** Runs {@code warmUps} rounds that do not count, then {@code rounds} that do. */
  static Duel run(int warmUps, int rounds, Side own, Side floor) throws Exception {
    Duel duel = new Duel(new Samples(), new Samples());
    for (int round = 0; round < warmUps + rounds; round++) {
      boolean counts = round >= warmUps;
      if (round % 2 == 0) {
        turn(own, round, counts ? duel.own : new Samples());
        turn(floor, round, counts ? duel.floor : new Samples());
      } else {
        turn(floor, round, counts ? duel.floor : new Samples());
        turn(own, round, counts ? duel.own : new Samples());
      }
    }
    return duel;
  }

  private static void turn(Side side, int round, Samples samples) throws Exception {
    Lap lap = new Lap();
    long units = side.turn(round, lap);
    lap.settle();
    samples.add(units, lap);
  }
}
