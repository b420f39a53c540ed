package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.OperatorId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run would do, and why; made without running or writing anything.
 *
 * @param invocation what would be run on what
 * @param whole the receipt that answers the whole question, so that no node is looked at; null if
 *     none is taken
 * @param wholeReasons why none is taken, though there are some; empty if there are none
 * @param nodes in the order in which they would run
 */
public record Explanation(
    Invocation invocation, @Nullable Source whole, List<Reason> wholeReasons, List<Node> nodes) {
  public Explanation {
    wholeReasons = List.copyOf(wholeReasons);
    nodes = List.copyOf(nodes);
  }

  /** What a node would do. */
  public enum Plan {
    /** It would run. */
    RUNS,
    /** Its outputs are known. */
    REUSED,
    /** It would run, unless what runs before it gives something that a receipt knows. */
    DEPENDS
  }

  /**
   * Whose word is taken.
   *
   * @param receipt the receipt
   * @param node who recorded it
   * @param origin in which log, with the epoch
   * @param logseq with which commit
   * @param index at which place of the log
   */
  public record Source(ArtifactKey receipt, NodeId node, String origin, long logseq, long index) {}

  /**
   * One node of the program.
   *
   * @param name its name
   * @param operator what it runs
   * @param plan what it would do
   * @param outputs what it gives, if that is known
   * @param source whose word is taken; null unless it is reused
   * @param disputed whether some live receipt tells otherwise
   * @param nearest the stored step that differs least; null if none is near
   * @param reasons why it is not reused
   * @param items of an operator that applies another, what of it is reused; null if it applies
   *     none, is itself reused, or its list is not known
   */
  public record Node(
      String name,
      OperatorId operator,
      Plan plan,
      List<ArtifactKey> outputs,
      @Nullable Source source,
      boolean disputed,
      @Nullable Nearest nearest,
      List<Reason> reasons,
      @Nullable Items items) {
    public Node {
      outputs = List.copyOf(outputs);
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * What an operator would apply another to, one by one.
   *
   * @param count how many
   * @param reused how many of them need not run: a receipt tells, or an equal one stands before
   * @param disputed of how many different ones live receipts tell different things
   * @param runs the first of those that would run; at most {@value #RUNS_SHOWN_MAX}
   */
  public record Items(int count, int reused, int disputed, List<Item> runs) {
    /** Most items told singly. */
    public static final int RUNS_SHOWN_MAX = 10;

    public Items {
      runs = List.copyOf(runs);
    }
  }

  /**
   * One that would run.
   *
   * @param index its place, from 0
   * @param label what its list calls it; null for nothing
   * @param reason why it is not reused
   */
  public record Item(int index, @Nullable String label, Reason reason) {}

  /**
   * A stored step that differs least from one that would run.
   *
   * @param receipt where it stands
   * @param node its node there
   * @param program the receipt's program
   */
  public record Nearest(ArtifactKey receipt, String node, ArtifactKey program) {}

  /**
   * Why something is not reused.
   *
   * @param kind what kind of reason
   * @param place what it is about: {@code /inputs/0}, {@code /parameters/max}, {@code /operator};
   *     empty if nothing smaller than the node
   * @param here what stands there now; null for nothing
   * @param there what stands there in the nearest stored step; null for nothing
   */
  public record Reason(Kind kind, String place, @Nullable String here, @Nullable String there) {}

  /** Kinds of reasons. */
  public enum Kind {
    /** Everything is to run. */
    FORCED("everything is to run"),
    /** No receipt has this operator. */
    NEVER_RAN("no live receipt has this operator"),
    /** No receipt tells of this item. */
    NEW_ITEM("no live receipt tells"),
    /** An input comes from a node that runs, so it is not known. */
    INPUT_RUNS("comes from a node that runs"),
    /** An input differs. */
    INPUT("another input"),
    /** A parameter differs. */
    PARAMETER("another parameter"),
    /** The parameters differ, and the nearest step's program is not here to say which. */
    PARAMETERS("other parameters"),
    /** The operator's version differs. */
    VERSION("another version of the operator"),
    /** Receipts tell, but too few nodes vouch for them. */
    POLICY("too few vouch for it"),
    /** Receipts contradict each other. */
    DIVERGENT("receipts contradict each other"),
    /** What came out is not live and held here. */
    NOT_HELD("what came out is not held here");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** The reason in words. */
    public String words() {
      return words;
    }
  }
}
