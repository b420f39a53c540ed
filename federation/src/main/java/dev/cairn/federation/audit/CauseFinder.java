package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.CauseSide.Deriving;
import dev.cairn.federation.audit.CauseSide.Run;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Step;
import dev.cairn.federation.audit.CauseTree.Why;
import dev.cairn.pel.model.Receipt;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Walks up, in two sources at once, from an artifact in whose place they do not have the same: from
 * an output to the step that gave it, from a step to its inputs, from the input of a run to the run
 * that gave it, where there is no receipt along edges, and as long as what it was made from
 * differs. Nearest first, each pair of artifacts once, within bounds; the same sources give the
 * same tree.
 *
 * <p>Where the two say in different ways how something came to be, those runs are laid beside each
 * other that have most in common: the program, then the number of equal inputs, then the least
 * keys. The stores must have been opened with the graph's and the receipts' indexes. One owner, for
 * one walk.
 */
final class CauseFinder {
  /** Most steps of one tree. */
  static final int STEPS_MAX = 256;

  /** Most steps on one way. */
  static final int DEPTH_MAX = 64;

  /** Most items of one list that are followed. */
  static final int ITEMS_MAX = 8;

  /** Most endpoints of edges that are compared with each other for one tree. */
  static final long COMPARISONS_MAX = 1L << 23;

  private final CauseSide left;
  private final CauseSide right;
  private final List<Draft> drafts = new ArrayList<>();
  private final Map<Visit, Draft> seen = new HashMap<>();
  private final ArrayDeque<Draft> open = new ArrayDeque<>();
  private boolean complete = true;
  private long comparisonsLeft = COMPARISONS_MAX;

  /** What two sources have in one place. */
  private record Pair(@Nullable ArtifactKey left, @Nullable ArtifactKey right) {}

  /**
   * Two artifacts at the so-manieth step of one way that is about them: what gives back its input
   * leads to the same pair again, of which then something else is asked.
   */
  private record Visit(Pair pair, int before) {}

  /** Two runs that are laid beside each other. */
  private record Runs(Run left, Run right) {
    Run of(boolean leftSide) {
      return leftSide ? left : right;
    }
  }

  /** A step in the making. */
  private static final class Draft {
    private final int number;
    private final @Nullable Draft explained;
    private final int depth;
    private final String place;
    private final Pair pair;
    private @Nullable Made leftMade;
    private @Nullable Made rightMade;
    private Why why = Why.FOLLOWS;
    private boolean leftRuns;
    private int tried;
    private boolean cut;
    private int behind;
    private String detail = "";

    Draft(int number, @Nullable Draft explained, String place, Pair pair) {
      this.number = number;
      this.explained = explained;
      this.depth = explained == null ? 0 : explained.depth + 1;
      this.place = place;
      this.pair = pair;
    }

    void made(@Nullable Made byLeft, @Nullable Made byRight) {
      leftMade = byLeft;
      rightMade = byRight;
    }

    void end(Why reason, String more) {
      why = reason;
      detail = more;
    }

    /** The steps on the way here that are about the same two artifacts. */
    List<Draft> before() {
      List<Draft> same = new ArrayList<>();
      for (Draft at = explained; at != null; at = at.explained) {
        if (at.pair.equals(pair)) {
          same.add(at);
        }
      }
      return same;
    }

    /** What those say of how one side's was made: to tell it again leads nowhere. */
    List<Made> madeBefore(boolean inLeft) {
      return before().stream()
          .flatMap(each -> Stream.ofNullable(inLeft ? each.leftMade : each.rightMade))
          .toList();
    }

    /** What is behind it, for which there was no room, is not told. */
    boolean isCutOff() {
      return why == Why.FOLLOWS && tried > 0 && behind == 0;
    }

    Step done() {
      int explains = explained == null ? -1 : explained.number;
      return new Step(
          number, explains, depth, place, pair.left, pair.right, leftMade, rightMade, why, detail);
    }
  }

  CauseFinder(String leftName, Store leftStore, String rightName, Store rightStore) {
    this.left = new CauseSide(leftName, leftStore);
    this.right = new CauseSide(rightName, rightStore);
  }

  /** Why the sources do not have the same where one of them has an artifact. */
  CauseTree of(ArtifactKey key) {
    Optional<Draft> first =
        besides(key, true)
            .or(() -> besides(key, false))
            .or(
                () ->
                    left.shows(key) == right.shows(key)
                        ? Optional.empty()
                        : add(
                            null,
                            "artifact",
                            left.shows(key) ? new Pair(key, null) : new Pair(null, key)));
    first.ifPresent(open::add);
    return walk(key.toString());
  }

  /** Why two artifacts that stand in one place are not the same. */
  CauseTree of(String place, ArtifactKey leftKey, ArtifactKey rightKey) {
    add(null, place, new Pair(leftKey, rightKey)).ifPresent(open::add);
    return walk(place);
  }

  private CauseTree walk(String about) {
    while (!open.isEmpty()) {
      Draft next = open.poll();
      try {
        explain(next);
      } catch (CairnException e) {
        // An audit of the source by itself tells; here it ends one way of several.
        next.end(Why.UNREADABLE, String.valueOf(e.getMessage()));
      }
    }
    drafts.stream()
        .filter(Draft::isCutOff)
        .forEach(each -> each.end(Why.BOUND, STEPS_MAX + " steps in all"));
    return new CauseTree(
        left.name(),
        right.name(),
        about,
        drafts.stream().map(Draft::done).toList(),
        complete && !left.isBounded() && !right.isBounded());
  }

  /** A new step; empty if both sides have the same there, or there is no room for it. */
  private Optional<Draft> add(@Nullable Draft explained, String place, Pair pair) {
    if (Objects.equals(pair.left, pair.right)) {
      return Optional.empty();
    }
    if (explained != null) {
      explained.tried++;
    }
    if (drafts.size() == STEPS_MAX) {
      if (explained != null) {
        explained.cut = true;
      }
      complete = false;
      return Optional.empty();
    }
    Draft draft = new Draft(drafts.size(), explained, place, pair);
    drafts.add(draft);
    if (explained != null) {
      explained.behind++;
    }
    Draft before = seen.putIfAbsent(new Visit(pair, draft.before().size()), draft);
    if (before != null) {
      draft.end(Why.SHOWN, "step " + before.number);
      return Optional.empty();
    }
    if (draft.depth == DEPTH_MAX) {
      complete = false;
      draft.end(Why.BOUND, DEPTH_MAX + " steps deep");
      return Optional.empty();
    }
    return Optional.of(draft);
  }

  private void follow(Draft explained, String place, Pair pair) {
    add(explained, place, pair).ifPresent(open::add);
  }

  // ---- where to begin ----

  /** What the other source has in the place of an artifact that one has. */
  private Optional<Draft> besides(ArtifactKey key, boolean leftHas) {
    CauseSide here = leftHas ? left : right;
    CauseSide there = leftHas ? right : left;
    if (!here.shows(key)) {
      return Optional.empty();
    }
    boolean both = there.shows(key);
    Run receipt = here.run(key).orElse(null);
    for (Run run : receipt == null ? here.runsOf(key) : List.of(receipt)) {
      Optional<Run> other = counterpart(run, there, receipt == null ? key : null, both);
      if (other.isPresent()) {
        return besides(key, run, other.get(), receipt != null, leftHas);
      }
    }
    Optional<Draft> runs =
        runsOfProgram(key, here, there, leftHas).flatMap(pair -> add(null, "run of program", pair));
    return both || runs.isPresent() ? runs : besidesByEdge(key, here, there, leftHas);
  }

  /** Two runs of a program: on the same inputs, else such as only one side has. */
  private static Optional<Pair> runsOfProgram(
      ArtifactKey program, CauseSide here, CauseSide there, boolean leftHas) {
    for (boolean sameInputs : new boolean[] {true, false}) {
      for (Run run : here.runsOfProgram(program)) {
        if (sameInputs || !there.shows(run.key())) {
          Optional<Run> other =
              counterpart(run, there, null, sameInputs)
                  .filter(found -> sameInputs || !here.shows(found.key()));
          if (other.isPresent()) {
            return other.map(found -> pair(run.key(), found.key(), leftHas));
          }
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Draft> besides(
      ArtifactKey key, Run run, Run other, boolean isReceipt, boolean leftHas) {
    if (isReceipt) {
      return add(null, "receipt", pair(key, other.key(), leftHas));
    }
    String name = outputName(run, key);
    ArtifactKey instead = other.receipt().outputs().get(name);
    return add(
        null,
        "output " + name,
        instead == null ? pair(run.key(), other.key(), leftHas) : pair(key, instead, leftHas));
  }

  private static Pair pair(@Nullable ArtifactKey key, @Nullable ArtifactKey other, boolean inLeft) {
    return inLeft ? new Pair(key, other) : new Pair(other, key);
  }

  private static String outputName(Run run, ArtifactKey key) {
    return run.receipt().outputs().entrySet().stream()
        .filter(output -> output.getValue().equals(key))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /**
   * A run of another source that tells something else: of the same program on the same inputs, else
   * of the same program on inputs most of which are the same.
   *
   * @param output that it does not give; null if any other receipt will do
   * @param answersOnly whether only one on the same inputs counts
   */
  private static Optional<Run> counterpart(
      Run run, CauseSide there, @Nullable ArtifactKey output, boolean answersOnly) {
    Stream<Run> same = there.runsOf(run.receipt().invocation()).stream();
    Optional<Run> answer = same.filter(other -> tellsElse(run, other, output)).findFirst();
    if (answer.isPresent() || answersOnly) {
      return answer;
    }
    Run best = null;
    for (Run other : there.runsOfProgram(run.receipt().program())) {
      boolean outputs = !other.receipt().outputs().isEmpty();
      if (outputs
          && tellsElse(run, other, output)
          && (best == null || equalInputs(run, other) > equalInputs(run, best))) {
        best = other;
      }
    }
    return Optional.ofNullable(best);
  }

  private static boolean tellsElse(Run run, Run other, @Nullable ArtifactKey output) {
    return !run.key().equals(other.key())
        && (output == null
            || !output.equals(other.receipt().outputs().get(outputName(run, output))));
  }

  private static long equalInputs(Run one, Run other) {
    return one.receipt().inputs().entrySet().stream()
        .filter(input -> input.getValue().equals(other.receipt().inputs().get(input.getKey())))
        .count();
  }

  private Optional<Draft> besidesByEdge(
      ArtifactKey key, CauseSide here, CauseSide there, boolean leftHas) {
    for (Deriving edge : here.edgesTo(key)) {
      String role = role(edge, key);
      for (Endpoint cause : edge.edge().from()) {
        for (Deriving other : there.edgesFrom(cause.key(), edge.edge().type())) {
          if (!mayCompare(other.edge().to().size())) {
            return Optional.empty();
          }
          for (Endpoint effect : other.edge().to()) {
            if (Objects.equals(role, effect.role())
                && !here.shows(effect.key())
                && !effect.key().equals(key)) {
              return add(null, "effect of " + edge.edge().type(), pair(key, effect.key(), leftHas));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private boolean mayCompare(long endpoints) {
    comparisonsLeft -= endpoints;
    complete &= comparisonsLeft >= 0;
    return comparisonsLeft >= 0;
  }

  private static @Nullable String role(Deriving edge, ArtifactKey effect) {
    return edge.edge().to().stream()
        .filter(end -> end.key().equals(effect))
        .map(end -> Optional.ofNullable(end.role()))
        .findFirst()
        .flatMap(role -> role)
        .orElse(null);
  }

  // ---- from an artifact to what made it ----

  private void explain(Draft draft) {
    ArtifactKey ofLeft = draft.pair.left;
    ArtifactKey ofRight = draft.pair.right;
    if (ofLeft == null || ofRight == null) {
      explainOneSided(draft, Objects.requireNonNull(ofLeft == null ? ofRight : ofLeft));
      return;
    }
    Run leftReceipt = left.run(ofLeft).orElse(null);
    Run rightReceipt = right.run(ofRight).orElse(null);
    if (leftReceipt != null && rightReceipt != null) {
      new RunWalk(draft, new Runs(leftReceipt, rightReceipt)).all();
      return;
    }
    List<Run> leftRuns = runs(draft, ofLeft, true);
    List<Run> rightRuns = runs(draft, ofRight, false);
    if (!leftRuns.isEmpty() && !rightRuns.isEmpty()) {
      new RunWalk(draft, nearest(leftRuns, rightRuns)).from();
      return;
    }
    List<Deriving> leftEdges = edges(draft, ofLeft, true);
    List<Deriving> rightEdges = edges(draft, ofRight, false);
    if (!leftEdges.isEmpty() && !rightEdges.isEmpty()) {
      explainByEdges(draft, leftEdges, rightEdges);
      return;
    }
    draft.made(made(leftRuns, leftEdges), made(rightRuns, rightEdges));
    boolean one = draft.leftMade != null || draft.rightMade != null;
    draft.end(one ? Why.ONE_MADE : Why.INPUT, recorded(ofLeft, ofRight));
  }

  /**
   * The runs that gave an artifact, but for those that passed on what they were given; of one met
   * before on the way, only what leads elsewhere.
   */
  private List<Run> runs(Draft draft, ArtifactKey key, boolean inLeft) {
    List<Made> before = draft.madeBefore(inLeft);
    return (inLeft ? left : right)
        .runsOf(key).stream()
            .filter(
                run ->
                    isNew(run.key(), before)
                        && (!run.receipt().inputs().containsValue(key)
                            || (before.isEmpty() && isGivenByStep(run, key))))
            .toList();
  }

  /** An edge itself, or those that lead to an artifact; again only what leads elsewhere. */
  private List<Deriving> edges(Draft draft, ArtifactKey key, boolean inLeft) {
    CauseSide side = inLeft ? left : right;
    List<Made> before = draft.madeBefore(inLeft);
    return side.edge(key).map(List::of).orElseGet(() -> side.edgesTo(key)).stream()
        .filter(
            each ->
                before.isEmpty()
                    || (isNew(each.key(), before)
                        && each.edge().from().stream().noneMatch(end -> end.key().equals(key))))
        .toList();
  }

  private static boolean isGivenByStep(Run run, ArtifactKey key) {
    return run.receipt().steps().values().stream().anyMatch(step -> step.outputs().contains(key));
  }

  private static boolean isNew(ArtifactKey maker, List<Made> before) {
    return before.stream().noneMatch(made -> made.key().equals(maker));
  }

  private String recorded(ArtifactKey ofLeft, ArtifactKey ofRight) {
    return Stream.of(left.recorded(ofLeft), right.recorded(ofRight))
        .filter(text -> !text.isEmpty())
        .distinct()
        .reduce((one, other) -> one + "; " + other)
        .orElse("");
  }

  private static @Nullable Made made(List<Run> runs, List<Deriving> edges) {
    if (!runs.isEmpty()) {
      return new Made(runs.get(0).key(), "", "");
    }
    return edges.isEmpty() ? null : made(edges.get(0));
  }

  private static Made made(Deriving edge) {
    return new Made(edge.key(), "", edge.edge().type().text());
  }

  private static Runs nearest(List<Run> leftRuns, List<Run> rightRuns) {
    Runs best = null;
    long bestScore = -1;
    for (Run one : leftRuns) {
      for (Run other : rightRuns) {
        boolean program = one.receipt().program().equals(other.receipt().program());
        long score = equalInputs(one, other) + (program ? 1L << 32 : 0);
        if (score > bestScore) {
          best = new Runs(one, other);
          bestScore = score;
        }
      }
    }
    return Objects.requireNonNull(best);
  }

  private void explainByEdges(Draft draft, List<Deriving> leftEdges, List<Deriving> rightEdges) {
    Deriving one = leftEdges.get(0);
    Deriving other = rightEdges.get(0);
    long bestScore = -1;
    for (Deriving ofLeft : leftEdges) {
      Set<Endpoint> causes = new HashSet<>(ofLeft.edge().from());
      for (Deriving ofRight : rightEdges) {
        if (!mayCompare(causes.size() + ofRight.edge().from().size())) {
          break;
        }
        long score =
            ofRight.edge().from().stream().filter(causes::contains).count()
                + (ofLeft.edge().type().equals(ofRight.edge().type()) ? 1L << 32 : 0);
        if (score > bestScore) {
          one = ofLeft;
          other = ofRight;
          bestScore = score;
        }
      }
    }
    draft.made(made(one), made(other));
    List<Endpoint> onlyLeft = without(one.edge().from(), other.edge().from());
    List<Endpoint> onlyRight = without(other.edge().from(), one.edge().from());
    if (onlyLeft.isEmpty() && onlyRight.isEmpty()) {
      draft.end(Why.EDGE, recorded(one.key(), other.key()));
    }
    Map<String, ArrayDeque<Endpoint>> byPlace = new HashMap<>();
    onlyRight.forEach(
        end -> byPlace.computeIfAbsent(place(end), at -> new ArrayDeque<>()).add(end));
    Set<Endpoint> beside = new HashSet<>();
    for (Endpoint cause : onlyLeft) {
      ArrayDeque<Endpoint> there = byPlace.get(place(cause));
      Endpoint instead = there == null ? null : there.poll();
      if (instead != null) {
        beside.add(instead);
      }
      follow(draft, place(cause), new Pair(cause.key(), instead == null ? null : instead.key()));
      if (draft.cut) {
        return;
      }
    }
    for (Endpoint cause : onlyRight) {
      if (!beside.contains(cause)) {
        follow(draft, place(cause), new Pair(null, cause.key()));
      }
      if (draft.cut) {
        return;
      }
    }
  }

  private static List<Endpoint> without(List<Endpoint> all, List<Endpoint> others) {
    Set<Endpoint> known = new HashSet<>(others);
    return all.stream().filter(end -> !known.contains(end)).toList();
  }

  private static String place(Endpoint cause) {
    return cause.role() == null ? "cause" : "cause " + cause.role();
  }

  /** What one side has and the other side does not. */
  private void explainOneSided(Draft draft, ArtifactKey key) {
    boolean inLeft = draft.pair.left != null;
    CauseSide here = inLeft ? left : right;
    CauseSide there = inLeft ? right : left;
    if (there.shows(key)) {
      draft.end(Why.NOT_MADE, there.name() + " has it, and nothing in this place");
      return;
    }
    Run run = here.run(key).or(() -> runs(draft, key, inLeft).stream().findFirst()).orElse(null);
    Deriving edge =
        run == null ? edges(draft, key, inLeft).stream().findFirst().orElse(null) : null;
    Made made = run != null ? new Made(run.key(), "", "") : edge == null ? null : made(edge);
    draft.made(inLeft ? made : null, inLeft ? null : made);
    if (run != null) {
      lacking(draft, "program", run.receipt().program(), there, inLeft);
      run.receipt()
          .inputs()
          .forEach((name, input) -> lacking(draft, "input " + name, input, there, inLeft));
    } else if (edge != null) {
      edge.edge().from().forEach(end -> lacking(draft, place(end), end.key(), there, inLeft));
    }
    if (made == null || there.shows(made.key())) {
      draft.end(Why.NOT_HELD, there.whyNot(key, here));
    } else if (draft.tried == 0) {
      draft.end(Why.NOT_MADE, there.whyNot(made.key(), here));
    }
  }

  private void lacking(
      Draft draft, String place, ArtifactKey key, CauseSide there, boolean inLeft) {
    if (!draft.cut && !there.shows(key)) {
      follow(draft, place, pair(key, null, inLeft));
    }
  }

  // ---- within two runs ----

  /** The walk from outputs of two runs up to their inputs, while their receipts are in memory. */
  private final class RunWalk {
    private final Draft draft;
    private final Runs runs;
    private final ArrayDeque<Draft> within = new ArrayDeque<>();
    private final Map<ArtifactKey, List<String>> leftGivers;
    private final Map<ArtifactKey, List<String>> rightGivers;
    private final Map<ArtifactKey, List<String>> leftInputs;
    private final Map<ArtifactKey, List<String>> rightInputs;

    RunWalk(Draft draft, Runs runs) {
      this.draft = draft;
      this.runs = runs;
      leftGivers = giversOf(runs.left.receipt());
      rightGivers = giversOf(runs.right.receipt());
      leftInputs = inputsOf(runs.left.receipt());
      rightInputs = inputsOf(runs.right.receipt());
      draft.made(new Made(runs.left.key(), "", ""), new Made(runs.right.key(), "", ""));
    }

    /** Everything in which the receipts differ. */
    void all() {
      program();
      TreeSet<String> outputs = new TreeSet<>(runs.left.receipt().outputs().keySet());
      outputs.addAll(runs.right.receipt().outputs().keySet());
      for (String name : outputs) {
        inner(
            draft,
            "output " + name,
            new Pair(
                runs.left.receipt().outputs().get(name), runs.right.receipt().outputs().get(name)));
      }
      TreeSet<String> failed = new TreeSet<>(runs.left.receipt().failures().keySet());
      failed.addAll(runs.right.receipt().failures().keySet());
      for (String node : outputs.isEmpty() ? failed : new TreeSet<String>()) {
        compare(draft, node);
      }
      walkWithin();
      if (draft.tried == 0 && draft.why == Why.FOLLOWS) {
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
      ArtifactKey ofLeft = runs.left.receipt().program();
      ArtifactKey ofRight = runs.right.receipt().program();
      follow(draft, "program", new Pair(ofLeft, ofRight));
    }

    private void walkWithin() {
      while (!within.isEmpty()) {
        step(within.poll());
      }
    }

    private void inner(Draft explained, String place, Pair pair) {
      add(explained, place, pair).ifPresent(within::add);
    }

    private void step(Draft each) {
      List<String> ofLeft = givers(each, true);
      List<String> ofRight = givers(each, false);
      String both = ofLeft.stream().filter(ofRight::contains).findFirst().orElse(null);
      if (both != null) {
        compare(each, both);
      } else if (isPassedOn(runs.left, each.pair.left, ofLeft)
          || isPassedOn(runs.right, each.pair.right, ofRight)) {
        passedOn(each);
      } else if (each.pair.left == null || each.pair.right == null) {
        boolean inLeft = each.pair.left != null;
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
        each.made(made(runs.left, ofLeft.get(0)), made(runs.right, ofRight.get(0)));
        each.end(
            Why.OPERATOR,
            "step " + ofLeft.get(0) + " on one side, step " + ofRight.get(0) + " on the other");
      }
    }

    /** An input that no step gave, or none that is not told of already. */
    private boolean isPassedOn(Run run, @Nullable ArtifactKey key, List<String> givers) {
      return key != null && givers.isEmpty() && !inputNames(run, key).isEmpty();
    }

    /** Goes on outside of these runs with what they were given. */
    private void passedOn(Draft each) {
      String name = inputName(each.pair);
      if (name != null) {
        each.made(new Made(runs.left.key(), "", ""), new Made(runs.right.key(), "", ""));
        follow(each, "input " + name, each.pair);
      } else if (!each.leftRuns && (!each.before().isEmpty() || isOneSidedOrOfTwoPrograms(each))) {
        each.made(null, null);
        each.leftRuns = true;
        open.add(each);
      } else {
        notGiven(each);
      }
    }

    /** Of one program the same output is an input in both runs, or in none. */
    private boolean isOneSidedOrOfTwoPrograms(Draft each) {
      return each.pair.left == null
          || each.pair.right == null
          || !runs.left.receipt().program().equals(runs.right.receipt().program());
    }

    private void notGiven(Draft each) {
      each.made(new Made(runs.left.key(), "", ""), new Made(runs.right.key(), "", ""));
      boolean leftGives = hasGiver(runs.left, each.pair.left);
      boolean rightGives = hasGiver(runs.right, each.pair.right);
      each.end(
          Why.RECEIPT,
          leftGives && rightGives
              ? "one of the two receipts does so"
              : "the receipt of " + (leftGives ? right.name() : left.name()) + " does so");
    }

    private boolean hasGiver(Run run, @Nullable ArtifactKey key) {
      return key == null || !givers(run, key).isEmpty() || !inputNames(run, key).isEmpty();
    }

    /** The nodes that are said to have given one side's artifact, but for those told already. */
    private List<String> givers(Draft each, boolean inLeft) {
      Run run = runs.of(inLeft);
      List<String> nodes = givers(run, inLeft ? each.pair.left : each.pair.right);
      List<String> before =
          each.madeBefore(inLeft).stream()
              .filter(made -> made.key().equals(run.key()))
              .map(Made::node)
              .toList();
      return nodes.stream().filter(node -> !before.contains(node)).toList();
    }

    /** The nodes that a receipt says gave an artifact, in order. */
    private List<String> givers(Run run, @Nullable ArtifactKey key) {
      return key == null
          ? List.of()
          : (isLeft(run) ? leftGivers : rightGivers).getOrDefault(key, List.of());
    }

    /** The names of the inputs that an artifact is, in order. */
    private List<String> inputNames(Run run, @Nullable ArtifactKey key) {
      return key == null
          ? List.of()
          : (isLeft(run) ? leftInputs : rightInputs).getOrDefault(key, List.of());
    }

    private boolean isLeft(Run run) {
      return run.key().equals(runs.left.key());
    }

    private static Map<ArtifactKey, List<String>> giversOf(Receipt receipt) {
      Map<ArtifactKey, List<String>> givers = new HashMap<>();
      receipt
          .steps()
          .forEach(
              (node, step) ->
                  step.outputs().stream()
                      .distinct()
                      .forEach(
                          key -> givers.computeIfAbsent(key, at -> new ArrayList<>()).add(node)));
      return givers;
    }

    private static Map<ArtifactKey, List<String>> inputsOf(Receipt receipt) {
      Map<ArtifactKey, List<String>> names = new HashMap<>();
      receipt
          .inputs()
          .forEach((name, key) -> names.computeIfAbsent(key, at -> new ArrayList<>()).add(name));
      return names;
    }

    private @Nullable Made made(Run run, String node) {
      Receipt.Step step = run.receipt().steps().get(node);
      return step == null ? null : new Made(run.key(), node, step.operator().toString());
    }

    /** Lays a node of one run beside the node of that name of the other. */
    private void compare(Draft each, String node) {
      Receipt.Step ofLeft = runs.left.receipt().steps().get(node);
      Receipt.Step ofRight = runs.right.receipt().steps().get(node);
      each.made(made(runs.left, node), made(runs.right, node));
      if (ofLeft != null && ofRight != null) {
        compare(each, node, ofLeft, ofRight);
      } else if (ofLeft != null || ofRight != null) {
        oneFailed(each, node, ofLeft == null ? Objects.requireNonNull(ofRight) : ofLeft);
      } else {
        each.end(Why.REFUSED, failure(runs.left, node) + "; " + failure(runs.right, node));
      }
    }

    private void compare(Draft each, String node, Receipt.Step ofLeft, Receipt.Step ofRight) {
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
      for (int i = 0; i < inputs && !each.cut; i++) {
        input(each, node, i, new Pair(at(ofLeft.inputs(), i), at(ofRight.inputs(), i)));
      }
      if (ofLeft.inputs().equals(ofRight.inputs()) && !differsByItemsAlone(each)) {
        each.end(Why.STEP, "step " + node + " ran " + ofLeft.operator() + recordedBy());
      }
    }

    private String recordedBy() {
      String places = recorded(runs.left.key(), runs.right.key());
      return places.isEmpty() ? "" : "; of the receipts, " + places;
    }

    private static @Nullable ArtifactKey at(List<ArtifactKey> keys, int index) {
      return index < keys.size() ? keys.get(index) : null;
    }

    private void input(Draft each, String node, int index, Pair pair) {
      if (Objects.equals(pair.left, pair.right)) {
        return;
      }
      String name = inputName(pair);
      boolean given =
          name != null || (isInput(runs.left, pair.left) && isInput(runs.right, pair.right));
      String place = name == null ? "input " + (index + 1) + " of step " + node : "input " + name;
      if (given) {
        follow(each, place, pair);
      } else {
        inner(each, place, pair);
      }
    }

    /** Not given by a step, so by the run's inputs. */
    private boolean isInput(Run run, @Nullable ArtifactKey key) {
      return key == null || (givers(run, key).isEmpty() && !inputNames(run, key).isEmpty());
    }

    /** The run's input that a pair is on both sides; null if it is none. */
    private @Nullable String inputName(Pair pair) {
      Map<String, ArtifactKey> others = runs.right.receipt().inputs();
      return inputNames(runs.left, pair.left).stream()
          .filter(name -> pair.right != null && pair.right.equals(others.get(name)))
          .findFirst()
          .orElse(null);
    }

    /** A node that gave something on one side alone: its inputs there tell what those here are. */
    private void oneFailed(Draft each, String node, Receipt.Step known) {
      boolean inLeft = runs.left.receipt().steps().containsKey(node);
      Run here = runs.of(inLeft);
      Run there = runs.of(!inLeft);
      int before = each.tried;
      for (int i = 0; i < known.inputs().size() && (each.tried == before || !each.cut); i++) {
        ArtifactKey input = known.inputs().get(i);
        input(each, node, i, pair(input, inThePlace(here, input, there), inLeft));
      }
      if (each.tried > before) {
        return;
      }
      boolean refused = there.receipt().failures().containsKey(node);
      each.end(
          refused ? Why.REFUSED : Why.NOT_MADE,
          refused ? failure(there, node) : "one receipt tells nothing of step " + node);
    }

    /** What another run has where this one has an artifact; null if that did not come to be. */
    private @Nullable ArtifactKey inThePlace(Run here, ArtifactKey key, Run there) {
      for (String node : givers(here, key)) {
        Receipt.Step step = here.receipt().steps().get(node);
        Receipt.Step other = there.receipt().steps().get(node);
        if (step != null && other != null) {
          return at(other.outputs(), step.outputs().indexOf(key));
        }
      }
      List<String> names = inputNames(here, key);
      return names.isEmpty() ? null : there.receipt().inputs().get(names.get(0));
    }

    private String failure(Run run, String node) {
      Receipt.Failure failure = run.receipt().failures().get(node);
      String name = isLeft(run) ? left.name() : right.name();
      return failure == null
          ? name + ": step " + node + " is not told of"
          : name + ": step " + node + " failed, " + failure.code() + ": " + failure.message();
    }

    /**
     * Follows the items by which two lists that a step gave differ, if receipts of their own tell
     * of them; false if the lists differ by anything else too.
     */
    private boolean differsByItemsAlone(Draft each) {
      ArtifactKey ofLeft = each.pair.left;
      ArtifactKey ofRight = each.pair.right;
      if (ofLeft == null || ofRight == null) {
        return false;
      }
      List<ArtifactKey> leftItems = left.items(ofLeft);
      List<ArtifactKey> rightItems = right.items(ofRight);
      boolean alone = leftItems.size() == rightItems.size();
      int differ = 0;
      for (int i = 0; i < Math.min(leftItems.size(), rightItems.size()); i++) {
        Pair pair = new Pair(leftItems.get(i), rightItems.get(i));
        if (Objects.equals(pair.left, pair.right)) {
          continue;
        }
        if (++differ > ITEMS_MAX) {
          complete = false;
          return false;
        }
        if (left.runsOf(leftItems.get(i)).isEmpty() || right.runsOf(rightItems.get(i)).isEmpty()) {
          alone = false;
        } else {
          follow(each, "item " + (i + 1), pair);
        }
      }
      return alone && differ > 0;
    }
  }
}
