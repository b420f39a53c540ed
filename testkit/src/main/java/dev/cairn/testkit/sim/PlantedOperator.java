package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import java.util.ArrayList;
import java.util.List;

/** The defect of {@link PlantedBug#CLOCK_IN_OPERATOR}, in the place of a real operator. */
final class PlantedOperator implements Operator {
  private static final OperatorId REPLACED = new OperatorId("digest/sha256", 1);
  private static final OperatorSpec SPEC = new OperatorSpec("The time.", 1, 1, List.of());

  private final Schedule schedule;

  private PlantedOperator(Schedule schedule) {
    this.schedule = schedule;
  }

  /** The operators that come along, one of them replaced. */
  static OperatorRegistry registry(Schedule schedule) {
    List<Operator> operators = new ArrayList<>(OperatorRegistry.builtIn().operators().values());
    operators.removeIf(operator -> operator.id().equals(REPLACED));
    operators.add(new PlantedOperator(schedule));
    return OperatorRegistry.of(operators);
  }

  @Override
  public OperatorId id() {
    return REPLACED;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public OperatorOutput run(OperatorContext context) {
    return OperatorOutput.of(
        new TypeTag("text/plain"), Bytes.utf8(Long.toString(schedule.nowMillis())));
  }
}
