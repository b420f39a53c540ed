package dev.cairn.federation.filter;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which records a node is interested in: an expression over what a record says, and over the graph
 * of the node that has it.
 *
 * <pre>
 *   filter   = term *( "|" term )                  any of them
 *   term     = factor *( "&amp;" factor )              all of them
 *   factor   = "!" factor | "(" filter ")" | test
 *   test     = "all" | "none"
 *            | "type:" TAG | "type:" PREFIX "*"    the artifact's type; "type:-" for none
 *            | "kind:" ( artifact | receipt | edge | tombstone )
 *            | "origin:" NODE                      64 hex digits
 *            | "key:" FROM ".." TO                 the key's digest: hex digits, FROM included, TO not; either may be left out
 *            | "edge:" TYPE                        an edge of that type
 *            | "above:" KEY                        KEY itself, or a cause of it at any distance, edges on the way included
 * </pre>
 *
 * <p>Words are separated by spaces or not at all. A value ends at a space, a parenthesis, {@code &}
 * or {@code |}. A tombstone is tested by what it removes; one whose target is interesting is
 * interesting, if the node that answers knows its put: so that whoever holds the put learns of its
 * removal. The text form of {@code toString} is canonical: the operands of each {@code &} and
 * {@code |} flattened, without repetition and in the order of their text. Values; safe for any
 * thread.
 */
public sealed interface InterestFilter {
  /** Longest text of a filter. */
  int CHARS_MAX = ProtocolLimits.FILTER_CHARS_MAX;

  /** Deepest nesting. */
  int DEPTH_MAX = 32;

  /** Most keys whose causes are asked for, all together. */
  int ROOTS_MAX = 64;

  /** True if the record is of interest. */
  boolean matches(Candidate candidate);

  /** Adds the keys whose causes are asked for. */
  default void roots(Collection<ArtifactKey> into) {}

  /** The filter that a text says, strictly read. */
  static InterestFilter parse(String text) {
    return FilterParser.parse(text);
  }

  private static boolean isWord(String text) {
    return text.matches("[!-~&&[^()&|*]]+");
  }

  /** Records of interest to any. */
  static InterestFilter anyOf(List<InterestFilter> operands) {
    TreeSet<String> seen = new TreeSet<>();
    List<InterestFilter> flat = new ArrayList<>();
    for (InterestFilter operand : operands) {
      List<InterestFilter> parts = operand instanceof Any any ? any.operands() : List.of(operand);
      parts.stream()
          .filter(part -> !part.equals(Constant.NONE) && seen.add(part.toString()))
          .forEach(flat::add);
    }
    if (flat.contains(Constant.ALL)) {
      return Constant.ALL;
    }
    return flat.isEmpty() ? Constant.NONE : flat.size() == 1 ? flat.get(0) : new Any(sorted(flat));
  }

  /** Records of interest to all. */
  static InterestFilter allOf(List<InterestFilter> operands) {
    TreeSet<String> seen = new TreeSet<>();
    List<InterestFilter> flat = new ArrayList<>();
    for (InterestFilter operand : operands) {
      List<InterestFilter> parts =
          operand instanceof Every every ? every.operands() : List.of(operand);
      parts.stream()
          .filter(part -> !part.equals(Constant.ALL) && seen.add(part.toString()))
          .forEach(flat::add);
    }
    if (flat.contains(Constant.NONE)) {
      return Constant.NONE;
    }
    return flat.isEmpty() ? Constant.ALL : flat.size() == 1 ? flat.get(0) : new Every(sorted(flat));
  }

  /** Records of no interest to it. */
  static InterestFilter not(InterestFilter operand) {
    if (operand instanceof Constant constant) {
      return constant.value() ? Constant.NONE : Constant.ALL;
    }
    return operand instanceof Not twice ? twice.operand() : new Not(operand);
  }

  private static List<InterestFilter> sorted(List<InterestFilter> operands) {
    List<InterestFilter> sorted = new ArrayList<>(operands);
    sorted.sort((left, right) -> left.toString().compareTo(right.toString()));
    return sorted;
  }

  /** All or none. */
  record Constant(boolean value) implements InterestFilter {
    /** Every record. */
    public static final InterestFilter ALL = new Constant(true);

    /** No record. */
    public static final InterestFilter NONE = new Constant(false);

    @Override
    public boolean matches(Candidate candidate) {
      return value;
    }

    @Override
    public String toString() {
      return value ? "all" : "none";
    }
  }

  /**
   * An artifact's type.
   *
   * @param tag the whole of it, or how it begins; empty and whole for none
   * @param prefix whether it only begins so
   */
  record OfType(String tag, boolean prefix) implements InterestFilter {
    public OfType {
      if (prefix && tag.isEmpty()) {
        throw new MalformedException("filter: 'type:*' is every type: say 'all'");
      }
      if (!tag.isEmpty() && (!isWord(tag) || tag.length() > TypeTag.LENGTH_MAX)) {
        throw new MalformedException("filter: '" + tag + "' is no type that a filter can name");
      }
      if (!prefix && tag.equals("-")) {
        throw new MalformedException("filter: 'type:-' is no type at all");
      }
    }

    /** True if a filter can say that type, of which some characters are its own. */
    static boolean canName(String tag) {
      return isWord(tag) && !tag.equals("-");
    }

    @Override
    public boolean matches(Candidate candidate) {
      String actual = candidate.type() == null ? "" : candidate.type().toString();
      return prefix ? actual.startsWith(tag) : actual.equals(tag);
    }

    @Override
    public String toString() {
      return "type:" + (tag.isEmpty() ? "-" : tag) + (prefix ? "*" : "");
    }
  }

  /** A kind of record. */
  record OfKind(Candidate.Kind kind) implements InterestFilter {
    @Override
    public boolean matches(Candidate candidate) {
      return candidate.kind() == kind;
    }

    @Override
    public String toString() {
      return "kind:" + kind.word();
    }
  }

  /** Records of one node, whatever its epoch. */
  record OfOrigin(NodeId node) implements InterestFilter {
    @Override
    public boolean matches(Candidate candidate) {
      return candidate.origin().node().equals(node);
    }

    @Override
    public String toString() {
      return "origin:" + node;
    }
  }

  /**
   * Keys whose digest, in hex, is not below one text and below another.
   *
   * @param from hex digits; empty for the first key
   * @param to hex digits; empty for no end
   */
  record KeyRange(String from, String to) implements InterestFilter {
    public KeyRange {
      if (!from.matches("[0-9a-f]{0,64}") || !to.matches("[0-9a-f]{0,64}")) {
        throw new MalformedException("filter: a key range is of small hex digits, at most 64");
      }
      if (from.isEmpty() && to.isEmpty()) {
        throw new MalformedException("filter: 'key:..' is every key: say 'all'");
      }
      if (!to.isEmpty() && from.compareTo(to) >= 0) {
        throw new MalformedException("filter: no key is from " + from + " and below " + to);
      }
    }

    @Override
    public boolean matches(Candidate candidate) {
      String digest = candidate.key().digest().toHex();
      return digest.compareTo(from) >= 0 && (to.isEmpty() || digest.compareTo(to) < 0);
    }

    @Override
    public String toString() {
      return "key:" + from + ".." + to;
    }
  }

  /** Edges of a type. */
  record OfEdgeType(String type) implements InterestFilter {
    public OfEdgeType {
      if (!isWord(type) || type.length() > TypeTag.LENGTH_MAX) {
        throw new MalformedException("filter: '" + type + "' is no type of edges");
      }
    }

    @Override
    public boolean matches(Candidate candidate) {
      return type.equals(candidate.edgeType());
    }

    @Override
    public String toString() {
      return "edge:" + type;
    }
  }

  /** A key and all its causes. */
  record Above(ArtifactKey root) implements InterestFilter {
    @Override
    public boolean matches(Candidate candidate) {
      return candidate.isAbove(root);
    }

    @Override
    public void roots(Collection<ArtifactKey> into) {
      into.add(root);
    }

    @Override
    public String toString() {
      return "above:" + root;
    }
  }

  /** Not. */
  record Not(InterestFilter operand) implements InterestFilter {
    @Override
    public boolean matches(Candidate candidate) {
      return !operand.matches(candidate);
    }

    @Override
    public void roots(Collection<ArtifactKey> into) {
      operand.roots(into);
    }

    @Override
    public String toString() {
      return operand instanceof Any || operand instanceof Every
          ? "!(" + operand + ")"
          : "!" + operand;
    }
  }

  /** Any of at least two. */
  record Any(List<InterestFilter> operands) implements InterestFilter {
    public Any {
      operands = List.copyOf(operands);
    }

    @Override
    public boolean matches(Candidate candidate) {
      return operands.stream().anyMatch(operand -> operand.matches(candidate));
    }

    @Override
    public void roots(Collection<ArtifactKey> into) {
      operands.forEach(operand -> operand.roots(into));
    }

    @Override
    public String toString() {
      return String.join(" | ", operands.stream().map(Object::toString).toList());
    }
  }

  /** All of at least two. */
  record Every(List<InterestFilter> operands) implements InterestFilter {
    public Every {
      operands = List.copyOf(operands);
    }

    @Override
    public boolean matches(Candidate candidate) {
      return operands.stream().allMatch(operand -> operand.matches(candidate));
    }

    @Override
    public void roots(Collection<ArtifactKey> into) {
      operands.forEach(operand -> operand.roots(into));
    }

    @Override
    public String toString() {
      return String.join(
          " & ",
          operands.stream()
              .map(operand -> operand instanceof Any ? "(" + operand + ")" : operand.toString())
              .toList());
    }
  }

  /** How deep the text of a filter nests, as a reader counts it. */
  static int depthOf(InterestFilter filter) {
    if (filter instanceof Any any) {
      return any.operands().stream().mapToInt(InterestFilter::depthOf).max().orElse(0);
    }
    if (filter instanceof Every every) {
      return every.operands().stream()
          .mapToInt(operand -> depthOf(operand) + (operand instanceof Any ? 1 : 0))
          .max()
          .orElse(0);
    }
    if (filter instanceof Not not) {
      InterestFilter inner = not.operand();
      return depthOf(inner) + (inner instanceof Any || inner instanceof Every ? 2 : 1);
    }
    return 0;
  }

  /** The keys of all {@code above:} in it. */
  static Set<ArtifactKey> rootsOf(InterestFilter filter) {
    TreeSet<ArtifactKey> roots = new TreeSet<>();
    filter.roots(roots);
    return roots;
  }
}
