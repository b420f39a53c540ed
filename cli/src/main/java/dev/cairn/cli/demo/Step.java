package dev.cairn.cli.demo;

import java.io.IOException;

/** One step of the tour. Does its work on the tour's stores and writes its chapter. */
interface Step {
  /** Its name in JSON: a word. */
  String name();

  /** What it shows: a sentence without its stop. */
  String title();

  void run(Tour tour, Chapter chapter) throws IOException;
}
