package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why two sources do not have the same artifact in one place: from there up through what it was
 * made from, to the first inputs and steps on which they disagree.
 *
 * @param left name of the first source
 * @param right name of the other; the same as {@code left} where one source holds both answers
 * @param about what is explained, for people
 * @param steps what differs, each behind the one whose difference it explains, nearest first; the
 *     first one is what was asked. None if there is nothing to explain
 * @param complete false if a bound cut something off
 */
public record CauseTree(
    String left, String right, String about, List<Step> steps, boolean complete) {
  /** Why two sources differ at a step. All but {@link #FOLLOWS} and {@link #SHOWN} end the way. */
  public enum Why {
    /** What it was made from differs: told by the steps behind. */
    FOLLOWS("what it was made from differs", false),
    /** One operator with the same parameters and inputs gave something else: one side is wrong. */
    STEP("the same step on the same inputs gave something else", true),
    /** One side gave an output where the other refused the same inputs. */
    REFUSED("the same step on the same inputs gave an output here and was refused there", true),
    /** Another operator, other parameters or another node gave it. */
    OPERATOR("another operator gave it, or the same one with other parameters", true),
    /** A receipt tells of an output that no step of it gave. */
    RECEIPT("a receipt tells of an output that none of its steps gave", true),
    /** An edge leads from the same causes to something else. */
    EDGE("the same causes are said to have had another effect", true),
    /** Nothing says what either was made from: the sources were given different things. */
    INPUT("it was put as it is: no run and no edge says what it was made from", true),
    /** Only of one side is told how it was made. */
    ONE_MADE("of one side a run or an edge says what it was made from, of the other nothing", true),
    /** One side has all that it was made from, and not the run or edge that made it. */
    NOT_MADE("all that it was made from is there, and it was not made there", true),
    /** One side does not have it, and nothing says what it was made from. */
    NOT_HELD("it is not there", true),
    /** What tells of it cannot be read. */
    UNREADABLE("what tells of it cannot be read", true),
    /** All that it is said to have been made from was made from it. */
    CIRCLE("it is said to have been made from what was made from it", true),
    /** Told at an earlier step. */
    SHOWN("told above", false),
    /** A bound was met. */
    BOUND("not followed any further: a bound was met", true);

    private final String statement;
    private final boolean ends;

    Why(String statement, boolean ends) {
      this.statement = statement;
      this.ends = ends;
    }

    /** What it means, the same words for each. */
    public String statement() {
      return statement;
    }

    /** True if it says that there is nothing which would tell more. */
    boolean isAbsence() {
      return this == INPUT || this == ONE_MADE || this == NOT_MADE || this == NOT_HELD;
    }

    /** True if nothing before it is known to differ. */
    public boolean ends() {
      return ends;
    }

    /** The name as it is written everywhere: lower case, with hyphens. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * What says how an artifact came to be.
   *
   * @param key of the receipt or edge
   * @param node of the receipt's program that gave it; empty if the receipt as a whole is meant, or
   *     an edge
   * @param operator that ran there, or the edge's type; empty if the receipt as a whole is meant
   */
  public record Made(ArtifactKey key, String node, String operator) {}

  /**
   * One place in which the sources do not have the same.
   *
   * @param number its own, from 0
   * @param explains number of the step whose difference it explains; -1 for the first
   * @param depth how many steps lead to it
   * @param place what it is there, for people: {@code output report}, {@code input 1 of step count}
   * @param leftKey what the first source has; null for nothing
   * @param rightKey what the other has; null for nothing
   * @param leftMade what the first source says of how it was made; null for nothing
   * @param rightMade what the other says
   * @param why why they differ
   * @param detail more, for people; may be empty
   */
  public record Step(
      int number,
      int explains,
      int depth,
      String place,
      @Nullable ArtifactKey leftKey,
      @Nullable ArtifactKey rightKey,
      @Nullable Made leftMade,
      @Nullable Made rightMade,
      Why why,
      String detail) {}

  public CauseTree {
    steps = List.copyOf(steps);
  }

  /** Where the ways end: what the sources disagree on, and on nothing before it; nearest first. */
  public List<Step> causes() {
    return steps.stream().filter(step -> step.why().ends()).toList();
  }

  /** The way from what was asked to a step. */
  public List<Step> chain(Step end) {
    List<Step> chain = new ArrayList<>();
    for (Step at = end; ; at = steps.get(at.explains())) {
      chain.add(0, at);
      if (at.explains() < 0) {
        return List.copyOf(chain);
      }
    }
  }
}
