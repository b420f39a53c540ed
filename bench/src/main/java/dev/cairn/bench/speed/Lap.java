package dev.cairn.bench.speed;

/**
 * Wall and CPU time of one turn of one side.
 *
 * <p>Only what lies between {@link #go} and {@link #halt} counts as wall time. CPU time is that of
 * the whole process, with the flushes and compactions that the work leaves behind, less what the
 * calling thread spent outside. One owner.
 */
final class Lap {
  private final long cpuAtStart = Machine.cpuNanos();
  private long threadCpuMark = Machine.threadCpuNanos();
  private long outsideCpuNanos;
  private long wallMark;
  private long wallNanos;
  private long cpuNanos;

  /** Begins, or resumes, what is measured. */
  void go() {
    outsideCpuNanos += Machine.threadCpuNanos() - threadCpuMark;
    wallMark = System.nanoTime();
  }

  /** Interrupts or ends what is measured. */
  void halt() {
    wallNanos += System.nanoTime() - wallMark;
    threadCpuMark = Machine.threadCpuNanos();
  }

  /** Waits for the background work and takes its CPU time in. */
  void settle() {
    outsideCpuNanos += Machine.threadCpuNanos() - threadCpuMark;
    Machine.settle();
    cpuNanos = Machine.cpuNanos() - cpuAtStart - outsideCpuNanos;
  }

  long wallNanos() {
    return wallNanos;
  }

  long cpuNanos() {
    return cpuNanos;
  }
}
