package dev.cairn.pel.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that a {@link Coordinator} has begun: a step as a program of its own, or the
 * receipt of a whole. Its owner does it, in any thread and beside others, and hands back what came
 * of it.
 */
public final class Work {
  private final Executor executor;
  private final RunOptions options;
  private final Program program;
  private final SortedMap<String, ArtifactKey> inputs;
  private final Bytes subject;
  final OpenRun.Pending pending;
  private final boolean whole;
  private final Set<Wanted> wanted = new LinkedHashSet<>();

  /**
   * Who waits for it.
   *
   * @param node of the run's program; null for the whole
   */
  record Wanted(OpenRun run, @Nullable String node) {}

  /**
   * What came of it.
   *
   * @param work of what
   * @param result what it came to; null if this machine failed it
   * @param failure how this machine failed it; null if it did not
   */
  public record Ended(Work work, @Nullable RunResult result, @Nullable CairnException failure) {}

  /**
   * @param subject names what is done, on every node
   * @param wanted who waits for it first
   */
  Work(
      Executor executor,
      RunOptions options,
      Program program,
      SortedMap<String, ArtifactKey> inputs,
      Bytes subject,
      Wanted wanted,
      OpenRun.Pending pending) {
    this.executor = executor;
    this.options = options;
    this.program = program;
    this.inputs = inputs;
    this.subject = subject;
    this.whole = wanted.node() == null;
    this.pending = pending;
    this.wanted.add(wanted);
  }

  /** Who waits for it, in the order in which they came. */
  Set<Wanted> wanted() {
    return wanted;
  }

  /** What is done: the step key, or the invocation's digest. */
  public Bytes subject() {
    return subject;
  }

  /** What it is given. */
  public SortedMap<String, ArtifactKey> inputs() {
    return inputs;
  }

  /** Whether it is the receipt of a whole. */
  public boolean isWhole() {
    return whole;
  }

  /** Does it, durably. What an operator refuses is a result. */
  public Ended run() {
    try {
      return new Ended(this, executor.run(program, inputs, options), null);
    } catch (CairnException e) {
      return new Ended(this, null, e);
    } catch (OutOfMemoryError e) {
      return outOfMemory(e);
    }
  }

  /** That this machine had no memory for it. */
  Ended outOfMemory(OutOfMemoryError full) {
    return new Ended(this, null, new UnavailableException("not enough memory for a step", full));
  }
}
