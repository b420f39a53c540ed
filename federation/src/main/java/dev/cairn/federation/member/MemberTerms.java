package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whose memberships go on, and which ended, by the joinings and endings that a store holds.
 *
 * <p>Of each log only the first {@link #JOININGS_MAX} joinings and the first {@link #ENDINGS_MAX}
 * endings count. A log is always held from its beginning, so stores that hold the same count the
 * same ones, in whatever order they came. What is kept of a joining is its place.
 */
final class MemberTerms {
  /** Most joinings of a log that count. */
  static final int JOININGS_MAX = 1024;

  /** Most endings of a log that count. */
  static final int ENDINGS_MAX = 4096;

  private static final int KEY_BYTES = 1 + Origin.BYTES + Long.BYTES;
  private static final int AT_INDEX = 1 + Origin.BYTES;

  private final SortedMap<NodeId, Term> open = new TreeMap<>();
  private final List<FormerMember> ended = new ArrayList<>();

  private MemberTerms() {}

  /** A membership that goes on: by which record it began. */
  record Term(Origin log, long index, long logseq) {}

  /** How many statements of a log there are, as far as they count. */
  record Spoken(int joinings, int endings) {
    boolean isFull() {
      return joinings >= JOININGS_MAX && endings >= ENDINGS_MAX;
    }
  }

  /**
   * What a store's records say.
   *
   * @throws DamagedException if a row means nothing
   */
  static MemberTerms of(Store store) {
    TreeMap<Place, Said> statements = new TreeMap<>();
    read(store, MemberIndex.TERMS, statements);
    MemberTerms terms = new MemberTerms();
    statements.forEach(terms::apply);
    return terms;
  }

  /** How many statements of one log count already. */
  static Spoken spoken(Store store, Origin log) {
    return read(store, MemberIndex.TERMS.plus(log.bytes()), null);
  }

  /** The memberships that go on, by nodes. */
  SortedMap<NodeId, Term> open() {
    return open;
  }

  /** The memberships that ended, in the total order of what ended them. */
  List<FormerMember> ended() {
    return ended;
  }

  /** A statement's place in its log, beside that in the total order. */
  private record Place(Position position, long index) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int order = position.compareTo(other.position);
      return order != 0 ? order : Long.compare(index, other.index);
    }
  }

  /** An ending, or a joining by null. */
  private record Said(MemberStatement.@Nullable Ending ending) {}

  private void apply(Place place, Said said) {
    Origin origin = place.position.origin();
    long logseq = place.position.logseq();
    if (said.ending == null) {
      open.put(origin.node(), new Term(origin, place.index, logseq));
    } else {
      end(logseq, said.ending);
    }
  }

  private void end(long logseq, MemberStatement.Ending ending) {
    NodeId node = ending.log().node();
    Term term = open.get(node);
    boolean may = ending.speaker().equals(node) || open.containsKey(ending.speaker());
    if (term != null && may && term.log.equals(ending.log()) && term.index == ending.index()) {
      open.remove(node);
      ended.add(new FormerMember(term.log, term.index, ending.speaker(), logseq, ending.reason()));
    }
  }

  /** Reads what counts; returns the counts of the last log. */
  private static Spoken read(
      Store store, Bytes prefix, @Nullable SortedMap<Place, Said> statements) {
    Origin log = null;
    Spoken spoken = new Spoken(0, 0);
    try (RowCursor rows = store.rows().scanPrefix(MemberIndex.MEMBER, prefix)) {
      while (rows.next()) {
        Bytes key = rows.key();
        Bytes value = rows.value();
        if (key.length() != KEY_BYTES || value.length() < Long.BYTES) {
          throw damaged(key, null);
        }
        Origin origin = MemberIndex.originOf(key);
        if (!origin.equals(log)) {
          log = origin;
          spoken = new Spoken(0, 0);
        }
        Bytes payload = value.slice(Long.BYTES);
        boolean ends = isEnding(key, payload);
        if (ends ? spoken.endings < ENDINGS_MAX : spoken.joinings < JOININGS_MAX) {
          spoken = new Spoken(spoken.joinings + (ends ? 0 : 1), spoken.endings + (ends ? 1 : 0));
          if (statements != null) {
            ArtifactKey id = ArtifactKey.of(payload, MemberStatement.TYPE);
            statements.put(
                new Place(new Position(value.u64At(0), id, origin), key.u64At(AT_INDEX)),
                new Said(ends ? ending(key, payload) : null));
          }
        }
        if (spoken.isFull()) {
          rows.seek(Bytes.concat(MemberIndex.TERMS, origin.bytes(), Bytes.u64(-1)));
        }
      }
    }
    return spoken;
  }

  /** By the head alone: what a joining holds is long, and of no use here. */
  private static boolean isEnding(Bytes key, Bytes payload) {
    try {
      CborReader in = new CborReader("member statement", payload);
      in.structure(MemberStatement.VERSION, MemberStatement.FIELDS);
      in.bytes(NodeId.BYTES);
      return in.uint(MemberStatement.ENDING) == MemberStatement.ENDING;
    } catch (CairnException | IndexOutOfBoundsException e) {
      throw damaged(key, e);
    }
  }

  private static MemberStatement.Ending ending(Bytes key, Bytes payload) {
    try {
      return (MemberStatement.Ending) MemberStatement.decode(payload);
    } catch (CairnException | IndexOutOfBoundsException e) {
      throw damaged(key, e);
    }
  }

  private static DamagedException damaged(Bytes key, @Nullable Exception cause) {
    String message = "row " + key.toHex() + " of " + MemberIndex.MEMBER.name() + " is damaged";
    return cause == null ? new DamagedException(message) : new DamagedException(message, cause);
  }
}
