package dev.cairn.bench.speed;

/** One kind of work that is measured, in a process of its own. */
interface Work {
  /** Runs it and says what came out. */
  void run(Setting setting, Report report) throws Exception;
}
