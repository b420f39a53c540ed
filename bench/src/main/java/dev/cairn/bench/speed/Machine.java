package dev.cairn.bench.speed;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;

/** The process's CPU time, and waiting until its background work has ended. Safe for any thread. */
final class Machine {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long LOOK_NANOS = 20_000_000;
  private static final long QUIET_NANOS = 4_000_000;
  private static final int LOOKS_MAX = 1500;

  private Machine() {}

  /** CPU time of all threads so far, native ones too. */
  static long cpuNanos() {
    return SYSTEM.getProcessCpuTime();
  }

  /** CPU time of the calling thread. */
  static long threadCpuNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** Waits, at most half a minute, until flushes, compactions and compilers rest. */
  static void settle() {
    int quiet = 0;
    for (int look = 0; look < LOOKS_MAX && quiet < 2; look++) {
      long before = cpuNanos();
      LockSupport.parkNanos(LOOK_NANOS);
      quiet = cpuNanos() - before < QUIET_NANOS ? quiet + 1 : 0;
    }
  }
}
