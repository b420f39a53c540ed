package dev.cairn.pel.operator;

import dev.cairn.pel.model.OperatorId;
import java.io.IOException;
import java.util.List;

/**
 * A pure function of bytes and parameters.
 *
 * <p>What it gives depends on nothing but the payloads, types and labels of its inputs and on its
 * parameters: no clock, chance, locale, default charset, environment, order of hashing, number of
 * threads, and nothing kept between calls. Equal inputs give equal bytes on every machine, for
 * ever; another meaning is another version.
 *
 * <p>An instance may be used by several threads at once. Others join through {@link
 * java.util.ServiceLoader}.
 */
public interface Operator {
  /** Name and version. */
  OperatorId id();

  /** What it takes. */
  OperatorSpec spec();

  /**
   * Refuses parameters that have the kinds that {@link #spec} asks for but no meaning together.
   *
   * @throws OperatorFailure saying which
   */
  default void check(Parameters parameters) {}

  /**
   * The same, by an operator that applies others.
   *
   * @param known the operators that a run would have
   */
  default void check(Parameters parameters, OperatorRegistry known) {
    check(parameters);
  }

  /**
   * What {@link #check} takes, as {@link OperatorHost#works} counts: of parameters that have to be
   * parsed, for which the bytes of a program are no measure. What it applies is not counted.
   */
  default long workOfCheck(Parameters parameters) {
    return 0;
  }

  /**
   * What {@link #run} will ask its host to apply, in order, as far as the inputs' lists and the
   * parameters alone tell: so a run can be explained before it. Nothing for most.
   *
   * @param context whose host serves nothing
   * @throws dev.cairn.pel.model.Refusal as {@link #run} would
   * @throws IOException if an input cannot be read
   */
  default List<Application> applications(OperatorContext context) throws IOException {
    return List.of();
  }

  /**
   * Computes the output. It may still be computing while the output is read.
   *
   * @throws dev.cairn.pel.model.Refusal if the inputs or parameters are not of its domain;
   *     recorded, as it would be the same anywhere
   * @throws IOException if an input cannot be read; never recorded
   */
  OperatorOutput run(OperatorContext context) throws IOException;
}
