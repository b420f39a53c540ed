package dev.cairn.cli.imports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes down what a document says: things, and what came from what. One owner at a time.
 *
 * <p>Whatever is told within {@link #part} is taken as a whole or, if something in it is malformed
 * and the import goes on all the same, not at all.
 */
public interface Statements {
  /** Longest identity of a thing, in characters. */
  int IDENTITY_CHARS_MAX = 65_536;

  /** Type of the artifact that stands for what a URI, IRI or package URL names. */
  TypeTag NAMED = new TypeTag("uri/ref");

  /** The document itself, byte for byte; the first call for each. */
  ArtifactKey document(TypeTag tag) throws IOException;

  /** A thing with content of its own. */
  ArtifactKey put(TypeTag tag, Bytes payload);

  /** The document states this thing: it gets an edge from the document. */
  void stated(ArtifactKey thing);

  /**
   * A thing that is named by a text, everywhere the same: the artifact of type {@code tag} with the
   * text as payload, unless the alias map has another meaning for it, or the text is the key of an
   * artifact ({@code asl1-...}, {@code urn:cairn:asl1-...}) or a payload's digest ({@code
   * sha256:...}).
   */
  ArtifactKey reference(TypeTag tag, String identity);

  /**
   * The bytes of this digest, wherever they are: an artifact of type {@code digest/ref} with {@code
   * algorithm:hex} as payload. Where the store has an artifact with that payload, at the end of the
   * import, the two are equated by an edge {@code digest:payload}.
   */
  ArtifactKey digest(String algorithm, String hex);

  /** These effects came from these causes. */
  default void link(EdgeType type, Collection<Endpoint> from, Collection<Endpoint> to) {
    link(type, from, to, null);
  }

  /** The same, with an artifact that says more about it. */
  void link(
      EdgeType type,
      Collection<Endpoint> from,
      Collection<Endpoint> to,
      @Nullable ArtifactKey payload);

  /**
   * The same, with words of the document about it. All that one document says of the same type,
   * causes and effects comes together in one artifact, which is the edge's payload: a JSON array in
   * the order of its items' bytes.
   *
   * @param tag type of that artifact
   * @param statement plain JSON data; null if nothing more is said
   */
  void relate(
      EdgeType type,
      Collection<Endpoint> from,
      Collection<Endpoint> to,
      TypeTag tag,
      @Nullable Object statement);

  /** Two names of one thing: an edge with both on both sides, so that every walk goes through. */
  default void equate(EdgeType type, ArtifactKey one, ArtifactKey other) {
    if (!one.equals(other)) {
      List<Endpoint> both = List.of(Endpoint.of(one), Endpoint.of(other));
      link(type, both, both);
    }
  }

  /**
   * Something that is taken as a whole or not at all.
   *
   * @param where its place as it begins a message, for refusals that do not tell one
   */
  void part(Supplier<String> where, Runnable part);

  /** An end of an edge; a role that is too long for an edge is cut. */
  static Endpoint end(ArtifactKey key, @Nullable String role) {
    return role == null || role.isEmpty() ? Endpoint.of(key) : new Endpoint(key, cut(role));
  }

  private static String cut(String role) {
    String normal = CborWriter.normalise(role);
    int end = Math.min(normal.length(), Endpoint.ROLE_BYTES_MAX);
    while (normal.substring(0, end).getBytes(StandardCharsets.UTF_8).length
        > Endpoint.ROLE_BYTES_MAX) {
      end--;
    }
    if (end < normal.length() && Character.isHighSurrogate(normal.charAt(end - 1))) {
      end--;
    }
    return CborWriter.normalise(normal.substring(0, end));
  }
}
