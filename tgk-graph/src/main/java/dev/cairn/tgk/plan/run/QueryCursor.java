package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Field;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an answer, one by one as they are found. Starts before the first. One owner at a
 * time; must be closed.
 *
 * <p>At any point {@link #continuation} tells how to get exactly the rest. An interrupt of the
 * owner's thread ends the query with an {@link dev.cairn.asl.error.UnavailableException}; the flag
 * stays set.
 */
public final class QueryCursor implements AutoCloseable {
  private final Execution execution;
  private final Operator rows;
  private final List<Field> fields;
  private final Bytes planDigest;
  private final Bytes viewDigest;
  private final boolean resumesByKey;
  private final long rowsMax;
  private long given;
  private long before;
  private @Nullable ArtifactKey after;
  private @Nullable ResultRow row;
  private @Nullable QueryEnd end;

  QueryCursor(
      Execution execution,
      Operator rows,
      List<Field> fields,
      Bytes planDigest,
      Bytes viewDigest,
      boolean resumesByKey,
      long rowsMax) {
    this.execution = execution;
    this.rows = rows;
    this.fields = fields;
    this.planDigest = planDigest;
    this.viewDigest = viewDigest;
    this.resumesByKey = resumesByKey;
    this.rowsMax = rowsMax;
  }

  /** Goes on where an answer was left, of which the operator gives the rest after {@code skip}. */
  void goOn(Continuation from, long skip) {
    for (long i = 0; i < skip; i++) {
      if (take() == null) {
        break;
      }
    }
    before = from.rows();
    after = from.after();
  }

  /** Moves to the next row; false at the end, and from then on. */
  public boolean next() {
    row = null;
    if (end != null) {
      return false;
    }
    if (given == rowsMax) {
      end = QueryEnd.LIMIT;
      return false;
    }
    Row found = take();
    if (found == null) {
      end = QueryEnd.COMPLETE;
      return false;
    }
    given++;
    if (resumesByKey) {
      after = ((ItemRow) found).key();
    }
    row = ResultRow.of(found, fields);
    return true;
  }

  private @Nullable Row take() {
    Execution.checkInterrupt();
    try {
      return rows.next();
    } catch (UncheckedIOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw Execution.interrupted(e);
      }
      throw e;
    }
  }

  /** The present row. */
  public ResultRow row() {
    if (row == null) {
      throw new IllegalStateException("no present row");
    }
    return row;
  }

  /** Why there is no further row; nothing while there may be one. */
  public Optional<QueryEnd> end() {
    return Optional.ofNullable(end);
  }

  /** Where the answer stands: {@link Query#resume} gives what comes behind the present row. */
  public Continuation continuation() {
    return new Continuation(planDigest, viewDigest, before + given, after);
  }

  /** Scratch files that were written so far: more than none if the memory did not do. */
  public long spills() {
    return execution.scratch().spills();
  }

  @Override
  public void close() {
    try {
      rows.close();
    } finally {
      execution.close();
    }
  }
}
