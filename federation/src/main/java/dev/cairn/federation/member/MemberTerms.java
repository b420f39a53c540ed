package dev.cairn.federation.member;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whose memberships go on, by what begins and ends them in the total order. Takes the memory of one
 * place for each member, and of one id for each node that gave its key up: a store that holds their
 * logs holds more of each.
 */
final class MemberTerms implements MemberRows.Terms {
  private final SortedMap<NodeId, Term> open = new TreeMap<>();
  private final Set<NodeId> closed = new HashSet<>();
  private final Consumer<FormerMember> ended;

  private MemberTerms(Consumer<FormerMember> ended) {
    this.ended = ended;
  }

  /** A membership that goes on: by which record it began. */
  record Term(Origin log, long index, long logseq) {}

  /**
   * The memberships that go on, by nodes.
   *
   * @param ended takes those that ended, in the total order of what ended them
   */
  static SortedMap<NodeId, Term> read(MemberRows rows, Consumer<FormerMember> ended) {
    MemberTerms terms = new MemberTerms(ended);
    rows.forEachTerm(terms);
    return terms.open;
  }

  /** True if a record of one of a node's logs gives its key up. */
  static boolean isClosed(MemberRows rows, NodeId node) {
    MemberTerms terms = new MemberTerms(former -> {});
    rows.forEachTerm(terms);
    return terms.closed.contains(node);
  }

  @Override
  public void joins(Origin log, long index, long logseq) {
    if (!closed.contains(log.node())) {
      open.put(log.node(), new Term(log, index, logseq));
    }
  }

  @Override
  public void ends(long logseq, MemberStatement.Ending ending) {
    NodeId node = ending.log().node();
    NodeId speaker = ending.speaker();
    Term term = open.get(node);
    boolean itself = speaker.equals(node);
    boolean may = itself || open.containsKey(speaker);
    if (term != null && may && term.log.equals(ending.log()) && term.index == ending.index()) {
      end(
          term,
          speaker,
          logseq,
          itself ? FormerMember.How.LEFT : FormerMember.How.EVICTED,
          ending.reason());
    }
  }

  /** Nothing can be acknowledged any more under a key that was given up. */
  @Override
  public void closes(Origin log, long logseq) {
    closed.add(log.node());
    Term term = open.get(log.node());
    if (term != null) {
      end(term, log.node(), logseq, FormerMember.How.CLOSED, null);
    }
  }

  private void end(
      Term term, NodeId by, long logseq, FormerMember.How how, @Nullable String reason) {
    open.remove(term.log.node());
    ended.accept(new FormerMember(term.log, term.index, by, logseq, how, reason));
  }
}
