package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.federation.audit.CauseSide.Run;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Why;
import dev.cairn.pel.model.Receipt;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Goes from what two runs gave up to their inputs, from step to step, while their receipts are in
 * memory; what the inputs differ by is left to be explained. One owner, for one walk.
 */
final class RunWalk {
  /** Most items of one list that are followed. */
  static final int ITEMS_MAX = 8;

  private final CauseSides sides;
  private final CauseDrafts drafts;
  private final CauseDraft draft;
  private final CauseRuns runs;
  private final ArrayDeque<CauseDraft> within = new ArrayDeque<>();
  private final RunMakers leftMakers;
  private final RunMakers rightMakers;

  /**
   * A walk.
   *
   * @param draft the step that it explains
   */
  RunWalk(CauseSides sides, CauseDrafts drafts, CauseDraft draft, CauseRuns runs) {
    this.sides = sides;
    this.drafts = drafts;
    this.draft = draft;
    this.runs = runs;
    leftMakers = new RunMakers(runs.left().receipt());
    rightMakers = new RunMakers(runs.right().receipt());
    draft.made(new Made(runs.left().key(), "", ""), new Made(runs.right().key(), "", ""));
  }

  /** Everything in which the receipts differ. */
  void all() {
    program();
    TreeSet<String> outputs = new TreeSet<>(runs.left().receipt().outputs().keySet());
    outputs.addAll(runs.right().receipt().outputs().keySet());
    for (String name : outputs) {
      inner(
          draft,
          "output " + name,
          new CausePair(
              runs.left().receipt().outputs().get(name),
              runs.right().receipt().outputs().get(name)));
    }
    TreeSet<String> failed = new TreeSet<>(runs.left().receipt().failures().keySet());
    failed.addAll(runs.right().receipt().failures().keySet());
    for (String node : outputs.isEmpty() ? failed : new TreeSet<String>()) {
      compare(draft, node);
    }
    walkWithin();
    if (draft.triedSoFar() == 0 && draft.why() == Why.FOLLOWS) {
      draft.end(Why.RECEIPT, "the receipts have the same outputs, and tell of other steps");
    }
  }

  /** What the two artifacts in question differ by. */
  void from() {
    program();
    within.add(draft);
    walkWithin();
  }

  private void program() {
    ArtifactKey ofLeft = runs.left().receipt().program();
    ArtifactKey ofRight = runs.right().receipt().program();
    drafts.follow(draft, "program", new CausePair(ofLeft, ofRight));
  }

  private void walkWithin() {
    while (!within.isEmpty()) {
      step(within.poll());
    }
  }

  private void inner(CauseDraft explained, String place, CausePair pair) {
    drafts.add(explained, place, pair).ifPresent(within::add);
  }

  private void step(CauseDraft each) {
    List<String> ofLeft = givers(each, true);
    List<String> ofRight = givers(each, false);
    String both = ofLeft.stream().filter(ofRight::contains).findFirst().orElse(null);
    if (both != null) {
      compare(each, both);
    } else if (isPassedOn(runs.left(), each.pair().left(), ofLeft)
        || isPassedOn(runs.right(), each.pair().right(), ofRight)) {
      passedOn(each);
    } else if (each.pair().left() == null || each.pair().right() == null) {
      boolean inLeft = each.pair().left() != null;
      List<String> here = inLeft ? ofLeft : ofRight;
      Map<String, ?> there = runs.of(!inLeft).receipt().steps();
      here.stream()
          .filter(node -> !there.containsKey(node))
          .findFirst()
          .or(() -> here.stream().findFirst())
          .ifPresentOrElse(node -> compare(each, node), () -> notGiven(each));
    } else if (ofLeft.isEmpty() || ofRight.isEmpty()) {
      notGiven(each);
    } else {
      each.made(made(runs.left(), ofLeft.get(0)), made(runs.right(), ofRight.get(0)));
      each.end(
          Why.OPERATOR,
          "step " + ofLeft.get(0) + " on one side, step " + ofRight.get(0) + " on the other");
    }
  }

  /** An input that no step gave, or none that is not told of already. */
  private boolean isPassedOn(Run run, @Nullable ArtifactKey key, List<String> givers) {
    return key != null && givers.isEmpty() && !makers(run).inputNames(key).isEmpty();
  }

  /** Goes on outside of these runs with what they were given. */
  private void passedOn(CauseDraft each) {
    String name = inputName(each.pair());
    if (name != null) {
      each.made(new Made(runs.left().key(), "", ""), new Made(runs.right().key(), "", ""));
      drafts.follow(each, "input " + name, each.pair());
    } else if (!each.hasLeftRuns()
        && (!each.before().isEmpty() || isOneSidedOrOfTwoPrograms(each))) {
      each.made(null, null);
      each.leaveRuns();
      drafts.toExplain(each);
    } else {
      notGiven(each);
    }
  }

  /** Of one program the same output is an input in both runs, or in none. */
  private boolean isOneSidedOrOfTwoPrograms(CauseDraft each) {
    return each.pair().left() == null
        || each.pair().right() == null
        || !runs.left().receipt().program().equals(runs.right().receipt().program());
  }

  private void notGiven(CauseDraft each) {
    each.made(new Made(runs.left().key(), "", ""), new Made(runs.right().key(), "", ""));
    boolean leftGives = hasGiver(runs.left(), each.pair().left());
    boolean rightGives = hasGiver(runs.right(), each.pair().right());
    each.end(
        Why.RECEIPT,
        leftGives && rightGives
            ? "one of the two receipts does so"
            : "the receipt of " + sides.of(!leftGives).name() + " does so");
  }

  private boolean hasGiver(Run run, @Nullable ArtifactKey key) {
    return key == null
        || !makers(run).givers(key).isEmpty()
        || !makers(run).inputNames(key).isEmpty();
  }

  /** The nodes that are said to have given one side's artifact, but for those told already. */
  private List<String> givers(CauseDraft each, boolean inLeft) {
    Run run = runs.of(inLeft);
    List<String> nodes = makers(run).givers(inLeft ? each.pair().left() : each.pair().right());
    List<String> before =
        each.madeBefore(inLeft).stream()
            .filter(made -> made.key().equals(run.key()))
            .map(Made::node)
            .toList();
    return nodes.stream().filter(node -> !before.contains(node)).toList();
  }

  private RunMakers makers(Run run) {
    return isLeft(run) ? leftMakers : rightMakers;
  }

  private boolean isLeft(Run run) {
    return run.key().equals(runs.left().key());
  }

  private @Nullable Made made(Run run, String node) {
    Receipt.Step step = run.receipt().steps().get(node);
    return step == null ? null : new Made(run.key(), node, step.operator().toString());
  }

  /** Lays a node of one run beside the node of that name of the other. */
  private void compare(CauseDraft each, String node) {
    Receipt.Step ofLeft = runs.left().receipt().steps().get(node);
    Receipt.Step ofRight = runs.right().receipt().steps().get(node);
    each.made(made(runs.left(), node), made(runs.right(), node));
    if (ofLeft != null && ofRight != null) {
      compare(each, node, ofLeft, ofRight);
    } else if (ofLeft != null || ofRight != null) {
      oneFailed(each, node, ofLeft == null ? Objects.requireNonNull(ofRight) : ofLeft);
    } else {
      each.end(Why.REFUSED, failure(runs.left(), node) + "; " + failure(runs.right(), node));
    }
  }

  private void compare(CauseDraft each, String node, Receipt.Step ofLeft, Receipt.Step ofRight) {
    if (!ofLeft.operator().equals(ofRight.operator())
        || !ofLeft.parametersDigest().equals(ofRight.parametersDigest())) {
      each.end(
          Why.OPERATOR,
          ofLeft.operator().equals(ofRight.operator())
              ? "step " + node + " has other parameters"
              : "step " + node + " ran " + ofLeft.operator() + " and " + ofRight.operator());
      return;
    }
    int inputs = Math.max(ofLeft.inputs().size(), ofRight.inputs().size());
    for (int i = 0; i < inputs && !each.isCut(); i++) {
      input(each, node, i, new CausePair(at(ofLeft.inputs(), i), at(ofRight.inputs(), i)));
    }
    if (ofLeft.inputs().equals(ofRight.inputs()) && !differsByItemsAlone(each)) {
      if (sides.isSpent()) {
        each.end(Why.BOUND, CauseSides.SPENT);
      } else {
        each.end(Why.STEP, "step " + node + " ran " + ofLeft.operator() + recordedBy());
      }
    }
  }

  private String recordedBy() {
    String places = sides.recorded(runs.left().key(), runs.right().key());
    return places.isEmpty() ? "" : "; of the receipts, " + places;
  }

  private static @Nullable ArtifactKey at(List<ArtifactKey> keys, int index) {
    return index < keys.size() ? keys.get(index) : null;
  }

  private void input(CauseDraft each, String node, int index, CausePair pair) {
    if (pair.isSame()) {
      return;
    }
    String name = inputName(pair);
    boolean given =
        name != null || (isInput(runs.left(), pair.left()) && isInput(runs.right(), pair.right()));
    String place = name == null ? "input " + (index + 1) + " of step " + node : "input " + name;
    if (given) {
      drafts.follow(each, place, pair);
    } else {
      inner(each, place, pair);
    }
  }

  /** Not given by a step, so by the run's inputs. */
  private boolean isInput(Run run, @Nullable ArtifactKey key) {
    return key == null
        || (makers(run).givers(key).isEmpty() && !makers(run).inputNames(key).isEmpty());
  }

  /** The run's input that a pair is on both sides; null if it is none. */
  private @Nullable String inputName(CausePair pair) {
    Map<String, ArtifactKey> others = runs.right().receipt().inputs();
    return makers(runs.left()).inputNames(pair.left()).stream()
        .filter(name -> pair.right() != null && pair.right().equals(others.get(name)))
        .findFirst()
        .orElse(null);
  }

  /** A node that gave something on one side alone: its inputs there tell what those here are. */
  private void oneFailed(CauseDraft each, String node, Receipt.Step known) {
    boolean inLeft = runs.left().receipt().steps().containsKey(node);
    Run here = runs.of(inLeft);
    Run there = runs.of(!inLeft);
    int before = each.triedSoFar();
    for (int i = 0;
        i < known.inputs().size() && (each.triedSoFar() == before || !each.isCut());
        i++) {
      ArtifactKey input = known.inputs().get(i);
      input(each, node, i, CausePair.of(input, inThePlace(here, input, there), inLeft));
    }
    if (each.triedSoFar() > before) {
      return;
    }
    boolean refused = there.receipt().failures().containsKey(node);
    each.end(
        refused ? Why.REFUSED : Why.NOT_MADE,
        refused ? failure(there, node) : "one receipt tells nothing of step " + node);
  }

  /** What another run has where this one has an artifact; null if that did not come to be. */
  private @Nullable ArtifactKey inThePlace(Run here, ArtifactKey key, Run there) {
    for (String node : makers(here).givers(key)) {
      Receipt.Step step = here.receipt().steps().get(node);
      Receipt.Step other = there.receipt().steps().get(node);
      if (step != null && other != null) {
        return at(other.outputs(), step.outputs().indexOf(key));
      }
    }
    List<String> names = makers(here).inputNames(key);
    return names.isEmpty() ? null : there.receipt().inputs().get(names.get(0));
  }

  private String failure(Run run, String node) {
    Receipt.Failure failure = run.receipt().failures().get(node);
    String name = sides.of(isLeft(run)).name();
    return failure == null
        ? name + ": step " + node + " is not told of"
        : name + ": step " + node + " failed, " + failure.code() + ": " + failure.message();
  }

  /**
   * Follows the items by which two lists that a step gave differ, if receipts of their own tell of
   * them; false if the lists differ by anything else too.
   */
  private boolean differsByItemsAlone(CauseDraft each) {
    ArtifactKey ofLeft = each.pair().left();
    ArtifactKey ofRight = each.pair().right();
    if (ofLeft == null || ofRight == null) {
      return false;
    }
    List<ArtifactKey> leftItems = sides.left().items(ofLeft);
    List<ArtifactKey> rightItems = sides.right().items(ofRight);
    boolean alone = leftItems.size() == rightItems.size();
    int differ = 0;
    for (int i = 0; i < Math.min(leftItems.size(), rightItems.size()); i++) {
      CausePair pair = new CausePair(leftItems.get(i), rightItems.get(i));
      if (pair.isSame()) {
        continue;
      }
      if (++differ > ITEMS_MAX) {
        drafts.leftOut();
        return false;
      }
      if (sides.left().runsOf(leftItems.get(i)).isEmpty()
          || sides.right().runsOf(rightItems.get(i)).isEmpty()) {
        alone = false;
      } else {
        drafts.follow(each, "item " + (i + 1), pair);
      }
    }
    return alone && differ > 0;
  }
}
