package dev.cairn.pel.operator;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** The operators that a node can run, by name and version. Immutable; safe for any thread. */
public final class OperatorRegistry {
  private final SortedMap<OperatorId, Operator> operators;
  private final LongConsumer works;

  private OperatorRegistry(SortedMap<OperatorId, Operator> operators, LongConsumer works) {
    this.operators = operators;
    this.works = works;
  }

  /** The operators that come along. */
  public static OperatorRegistry builtIn() {
    return of(BuiltInOperators.all());
  }

  /**
   * The operators that come along and those that {@link ServiceLoader} finds.
   *
   * @throws RefusedException if two have one name and version
   */
  public static OperatorRegistry discover() {
    List<Operator> all = new ArrayList<>(BuiltInOperators.all());
    ServiceLoader.load(Operator.class).forEach(all::add);
    return of(all);
  }

  /**
   * Just these operators.
   *
   * @throws RefusedException if two have one name and version
   */
  public static OperatorRegistry of(Collection<? extends Operator> operators) {
    TreeMap<OperatorId, Operator> byId = new TreeMap<>();
    for (Operator operator : operators) {
      Operator other = byId.put(operator.id(), operator);
      if (other != null) {
        throw new RefusedException(
            "operator "
                + operator.id()
                + " is given twice: by "
                + other.getClass().getName()
                + " and "
                + operator.getClass().getName());
      }
    }
    return new OperatorRegistry(Collections.unmodifiableSortedMap(byId), units -> {});
  }

  /**
   * The same operators, for one who bounds what it costs to check the programs of strangers.
   *
   * @param works told, before, of the work of each check of parameters: {@link
   *     Operator#workOfCheck}
   */
  public OperatorRegistry telling(LongConsumer works) {
    return new OperatorRegistry(operators, works);
  }

  /** What there is, in order. */
  public SortedMap<OperatorId, Operator> operators() {
    return operators;
  }

  /** One operator. */
  public Optional<Operator> find(OperatorId id) {
    return Optional.ofNullable(operators.get(id));
  }

  /**
   * Refuses a program that this registry cannot run: unknown operators, wrong numbers of inputs,
   * parameters that are missing, unknown or of another kind.
   *
   * @throws dev.cairn.asl.error.MalformedException naming each place
   */
  public void check(Program program) {
    Mistakes mistakes = new Mistakes();
    check(program.nodes(), mistakes);
    mistakes.throwIfAny("program");
  }

  /** Adds what keeps this registry from running these nodes of a program. */
  public void check(SortedMap<String, ProgramNode> nodes, Mistakes mistakes) {
    for (Map.Entry<String, ProgramNode> entry : nodes.entrySet()) {
      check(Mistakes.at("/nodes", entry.getKey()), entry.getValue(), mistakes);
    }
  }

  private void check(String place, ProgramNode node, Mistakes mistakes) {
    Operator operator = operators.get(node.operator());
    if (operator != null) {
      operator.spec().checkInputs(place, node.operator(), node.inputs().size(), mistakes);
    }
    checkParameters(place, node.operator(), node.parameters(), mistakes);
  }

  /** Adds what is wrong with applying an operator with these parameters. */
  void checkParameters(String place, OperatorId id, CborValue.Dict parameters, Mistakes mistakes) {
    Operator operator = operators.get(id);
    if (operator == null) {
      mistakes.add(place + "/operator", "no operator " + id + nearest(id));
      return;
    }
    if (!operator.spec().checkParameters(place, id, parameters, mistakes)) {
      return;
    }
    try {
      works.accept(operator.workOfCheck(new Parameters(parameters)));
      operator.check(new Parameters(parameters), this);
    } catch (Refusal e) {
      mistakes.add(place + "/parameters", String.valueOf(e.getMessage()));
    }
  }

  private String nearest(OperatorId wanted) {
    List<Integer> versions =
        operators.keySet().stream()
            .filter(id -> id.name().equals(wanted.name()))
            .map(OperatorId::version)
            .toList();
    return versions.isEmpty() ? "" : "; there is version " + versions.get(versions.size() - 1);
  }
}
