package dev.cairn.federation.audit;

import dev.cairn.federation.audit.CauseSide.Deriving;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Why;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goes from two artifacts to what edges say that they were made from: of all edges those two are
 * laid beside each other that have most causes in common, and each other cause beside one in the
 * same role. One owner.
 */
final class EdgeWalk {
  private final CauseSides sides;
  private final CauseDrafts drafts;

  EdgeWalk(CauseSides sides, CauseDrafts drafts) {
    this.sides = sides;
    this.drafts = drafts;
  }

  /** How an edge tells that something was made. */
  static Made made(Deriving edge) {
    return new Made(edge.key(), "", edge.edge().type().text());
  }

  void explain(CauseDraft draft, List<Deriving> leftEdges, List<Deriving> rightEdges) {
    Deriving one = leftEdges.get(0);
    Deriving other = rightEdges.get(0);
    long bestScore = -1;
    for (Deriving ofLeft : leftEdges) {
      Set<Endpoint> causes = new HashSet<>(ofLeft.edge().from());
      for (Deriving ofRight : rightEdges) {
        if (!drafts.mayCompare(causes.size() + ofRight.edge().from().size())) {
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
      draft.end(Why.EDGE, sides.recorded(one.key(), other.key()));
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
      drafts.follow(
          draft, place(cause), new CausePair(cause.key(), instead == null ? null : instead.key()));
      if (draft.isCut()) {
        return;
      }
    }
    for (Endpoint cause : onlyRight) {
      if (!beside.contains(cause)) {
        drafts.follow(draft, place(cause), new CausePair(null, cause.key()));
      }
      if (draft.isCut()) {
        return;
      }
    }
  }

  private static List<Endpoint> without(List<Endpoint> all, List<Endpoint> others) {
    Set<Endpoint> known = new HashSet<>(others);
    return all.stream().filter(end -> !known.contains(end)).toList();
  }

  static String place(Endpoint cause) {
    return cause.role() == null ? "cause" : "cause " + cause.role();
  }
}
