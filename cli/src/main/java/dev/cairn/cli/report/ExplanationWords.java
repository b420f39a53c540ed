package dev.cairn.cli.report;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.federation.audit.CauseTree;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why sources do not have the same artifact in one place, for people. */
public final class ExplanationWords {
  /** Most causes told of one explanation; the JSON has all. */
  static final int CAUSES_MAX = 8;

  private ExplanationWords() {}

  /** What is explained. */
  public static String title(CauseTree tree) {
    Step first = tree.steps().get(0);
    return first.place() + ", why " + sides(tree) + " differ";
  }

  private static String sides(CauseTree tree) {
    return tree.left().equals(tree.right())
        ? "two answers in " + tree.left()
        : tree.left() + " and " + tree.right();
  }

  /** The whole account, a line each: a label of eight characters, a blank, and what it says. */
  public static List<String> lines(CauseTree tree) {
    List<String> lines = new ArrayList<>();
    List<Step> causes = tree.causes();
    for (Step cause : causes.subList(0, Math.min(CAUSES_MAX, causes.size()))) {
      lines.add("way      " + way(tree, cause));
      lines.add("cause    " + cause(cause));
      lines.add("left     " + side(tree.left(), cause.leftKey(), cause.leftMade()));
      lines.add("right    " + side(tree.right(), cause.rightKey(), cause.rightMade()));
    }
    if (causes.size() > CAUSES_MAX) {
      lines.add(
          "more     " + Words.counted(causes.size() - CAUSES_MAX, "cause") + " not told here");
    }
    if (!tree.complete()) {
      lines.add("bounds   not everything was followed: a bound was met");
    }
    return lines;
  }

  static String way(CauseTree tree, Step cause) {
    return tree.chain(cause).stream().map(Step::place).collect(Collectors.joining(" < "));
  }

  static String cause(Step cause) {
    return cause.why().text()
        + ": "
        + cause.why().statement()
        + (cause.detail().isEmpty() ? "" : " (" + cause.detail() + ")");
  }

  private static String side(String name, @Nullable ArtifactKey key, @Nullable Made made) {
    return name + ": " + held(key, made);
  }

  /** What one side has, and what made it. */
  static String held(@Nullable ArtifactKey key, @Nullable Made made) {
    return (key == null ? "nothing" : key.toString()) + made(made);
  }

  private static String made(@Nullable Made made) {
    if (made == null) {
      return "";
    }
    String by = made.node().isEmpty() ? "" : "step " + made.node() + ", ";
    String operator = made.operator().isEmpty() ? "" : made.operator() + ", ";
    boolean edge = made.node().isEmpty() && !made.operator().isEmpty();
    return " by " + by + operator + (edge ? "edge " : "receipt ") + made.key();
  }
}
