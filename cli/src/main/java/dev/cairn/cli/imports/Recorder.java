package dev.cairn.cli.imports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.imports.DocumentImporter.Report;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One reading of documents: it checks and counts, and if it has a sink, it writes.
 *
 * <p>Holds in memory the keys of all distinct artifacts and edges, and of one document at a time
 * what is said of relations. One owner at a time.
 */
final class Recorder implements Statements {
  /** Most distinct artifacts and edges of an import. */
  static final int THINGS_MAX = 20_000_000;

  /** Malformed parts told one by one when they are passed over. */
  static final int COMPLAINTS_MAX = 100;

  /** Things that one edge from a document states. */
  static final int STATED_IN_EDGE = 10_000;

  private static final int BUFFER_BYTES = 1 << 16;
  private static final TypeTag DIGEST = new TypeTag("digest/ref");
  private static final EdgeType DIGEST_PAYLOAD = new EdgeType("digest:payload");
  private static final Pattern ALGORITHM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,63}");
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{1,512}");
  private static final Pattern VISIBLE = Pattern.compile("[!-~]{1,512}");
  private static final Pattern SHA_256 = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final String KEY_PREFIX = "asl1-";
  private static final String KEY_NAME_PREFIX = "urn:cairn:";

  private final Store store;
  private final DocumentFormat format;
  private final @Nullable AliasMap map;
  private final boolean keepGoing;
  private final Consumer<String> complaints;
  private final @Nullable ImportSink sink;
  private final EdgeType statedType;

  private final Set<ArtifactKey> artifacts = new HashSet<>();
  private final Set<ArtifactKey> references = new HashSet<>();
  private final Set<ArtifactKey> edges = new HashSet<>();
  private final Map<ArtifactKey, PayloadDigest> digests = new TreeMap<>();
  private final Map<String, ArtifactKey> learnt = new TreeMap<>();
  private final Map<String, ArtifactId> documents = new TreeMap<>();
  private Map<String, ArtifactId> expected = Map.of();

  private @Nullable Document document;
  private @Nullable ArtifactKey documentKey;
  private final List<Endpoint> stated = new ArrayList<>();
  private final Map<Bytes, Relation> relations = new TreeMap<>();
  private @Nullable List<Runnable> pending;
  private long passedOver;

  /** All that the document says of one type, causes and effects. */
  private record Relation(Edge bare, TypeTag tag, TreeMap<Bytes, Object> statements) {}

  Recorder(
      Store store,
      DocumentFormat format,
      @Nullable AliasMap map,
      boolean keepGoing,
      Consumer<String> complaints,
      @Nullable ImportSink sink) {
    this.store = store;
    this.format = format;
    this.map = map;
    this.keepGoing = keepGoing;
    this.complaints = complaints;
    this.sink = sink;
    this.statedType = new EdgeType(format.namespace() + ":document");
  }

  /** The documents read, by name. */
  Map<String, ArtifactId> documents() {
    return documents;
  }

  /** What the documents were when they were checked. */
  void expect(Map<String, ArtifactId> before) {
    expected = before;
  }

  long passedOver() {
    return passedOver;
  }

  void passOver(String told) {
    passedOver++;
    if (passedOver <= COMPLAINTS_MAX) {
      complaints.accept(told);
    }
  }

  void read(Document next) throws IOException {
    document = next;
    documentKey = null;
    stated.clear();
    relations.clear();
    pending = null;
    format.read(next, this);
    endStated();
    for (Relation relation : relations.values()) {
      write(relation);
    }
    if (sink != null) {
      // What a later document says of the same relation is to be the later commit.
      sink.endCommit();
    }
  }

  /** Equates digests with what the store has, and waits until all is durable. */
  void finish() {
    ImportSink out = Objects.requireNonNull(sink);
    out.flush();
    for (Map.Entry<ArtifactKey, PayloadDigest> entry : digests.entrySet()) {
      for (ArtifactKey held : store.byPayload(entry.getValue())) {
        if (store.now().isLive(held)) {
          equate(DIGEST_PAYLOAD, entry.getKey(), held);
        }
      }
    }
    out.flush();
    if (map != null) {
      learnt.forEach(map::put);
    }
  }

  Report report(long written, long skipped) {
    return new Report(artifacts.size(), edges.size(), references.size(), written, skipped);
  }

  // ---- what a document says

  @Override
  public ArtifactKey document(TypeTag tag) throws IOException {
    Document current = Objects.requireNonNull(document);
    ArtifactId id = identify(current, tag);
    if (sink != null) {
      if (!id.equals(expected.get(current.name()))) {
        throw changed(current);
      }
      if (!store.now().isLive(id.key()) || !store.hasPayload(id.payloadDigest())) {
        try (InputStream in = current.open()) {
          if (!sink.put(tag, in).equals(id)) {
            throw changed(current);
          }
        }
      }
    }
    documents.put(current.name(), id);
    count(artifacts, id.key());
    documentKey = id.key();
    return id.key();
  }

  private static RefusedException changed(Document current) {
    return new RefusedException(current.name() + " changed while it was being read");
  }

  private static ArtifactId identify(Document document, TypeTag tag) throws IOException {
    ArtifactHasher hasher = new ArtifactHasher(HashAlgorithm.SHA_256);
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = document.open()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        hasher.update(buffer, 0, count);
      }
    }
    return hasher.finish(tag);
  }

  @Override
  public ArtifactKey put(TypeTag tag, Bytes payload) {
    ArtifactKey key = ArtifactKey.of(payload, tag);
    run(() -> put(artifacts, key, tag, payload));
    return key;
  }

  @Override
  public void stated(ArtifactKey thing) {
    run(
        () -> {
          stated.add(Endpoint.of(thing));
          if (stated.size() == STATED_IN_EDGE) {
            endStated();
          }
        });
  }

  @Override
  public ArtifactKey reference(TypeTag tag, String identity) {
    if (identity.isEmpty() || identity.length() > IDENTITY_CHARS_MAX) {
      throw new MalformedException("a name of " + identity.length() + " characters");
    }
    ArtifactKey mapped = map == null ? null : map.get(identity);
    if (mapped != null) {
      return mapped;
    }
    if (SHA_256.matcher(identity).matches()) {
      return digest("sha256", identity.substring("sha256:".length()));
    }
    ArtifactKey key = asKey(identity);
    return key != null ? key : named(tag, identity);
  }

  private ArtifactKey named(TypeTag tag, String identity) {
    Bytes payload = Bytes.utf8(identity);
    ArtifactKey key = ArtifactKey.of(payload, tag);
    if (map != null && !AliasMap.canHold(identity)) {
      throw new MalformedException("a name with a tab or a line end does not fit into the map");
    }
    run(
        () -> {
          put(references, key, tag, payload);
          if (map != null) {
            learnt.put(identity, key);
          }
        });
    return key;
  }

  private static @Nullable ArtifactKey asKey(String identity) {
    String text =
        identity.startsWith(KEY_NAME_PREFIX)
            ? identity.substring(KEY_NAME_PREFIX.length())
            : identity;
    if (!text.startsWith(KEY_PREFIX)) {
      return null;
    }
    try {
      return ArtifactKey.parse(text);
    } catch (MalformedException e) {
      return null;
    }
  }

  @Override
  public ArtifactKey digest(String algorithm, String hex) {
    boolean inHex = HEX.matcher(hex).matches();
    if (!ALGORITHM.matcher(algorithm).matches() || !VISIBLE.matcher(hex).matches()) {
      throw new MalformedException("not a digest");
    }
    if (!inHex && algorithm.startsWith("sha")) {
      throw new MalformedException("a digest of " + algorithm + " that is not in hex digits");
    }
    String identity = algorithm + ":" + (inHex ? hex.toLowerCase(Locale.ROOT) : hex);
    if (algorithm.equals("sha256") && !SHA_256.matcher(identity).matches()) {
      throw new MalformedException("a sha256 digest of " + hex.length() + " hex digits, not 64");
    }
    ArtifactKey mapped = map == null ? null : map.get(identity);
    if (mapped != null) {
      return mapped;
    }
    ArtifactKey key = named(DIGEST, identity);
    if (algorithm.equals("sha256")) {
      PayloadDigest digest = PayloadDigest.parse(identity);
      run(() -> digests.put(key, digest));
    }
    return key;
  }

  @Override
  public void link(
      EdgeType type,
      Collection<Endpoint> from,
      Collection<Endpoint> to,
      @Nullable ArtifactKey payload) {
    Edge edge = edge(type, from, to, payload);
    run(() -> put(edge));
  }

  @Override
  public void relate(
      EdgeType type,
      Collection<Endpoint> from,
      Collection<Endpoint> to,
      TypeTag tag,
      @Nullable Object statement) {
    Edge edge = edge(type, from, to, null);
    run(
        () -> {
          Relation relation =
              relations.computeIfAbsent(
                  edge.slot(), slot -> new Relation(edge, tag, new TreeMap<>()));
          if (statement != null) {
            relation.statements().put(json(statement), statement);
          }
        });
  }

  private static Bytes json(Object statement) {
    return StableJson.bytes(statement);
  }

  @Override
  public void part(Supplier<String> where, Runnable part) {
    if (pending != null) {
      part.run();
      return;
    }
    List<Runnable> told = new ArrayList<>();
    pending = told;
    try {
      part.run();
    } catch (MalformedException e) {
      MalformedException placed = placed(where, e);
      if (!keepGoing) {
        throw placed;
      }
      passOver(Objects.requireNonNull(document).name() + ", " + placed.getMessage());
      return;
    } finally {
      pending = null;
    }
    told.forEach(Runnable::run);
  }

  /** What a type of ours finds wrong does not know where it came from. */
  private static MalformedException placed(Supplier<String> where, MalformedException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith("at ") || message.startsWith("line ")
        ? e
        : new MalformedException(where.get() + message, e);
  }

  // ---- taking it down

  private void run(Runnable action) {
    if (pending != null) {
      pending.add(action);
    } else {
      action.run();
    }
  }

  private static Edge edge(
      EdgeType type,
      Collection<Endpoint> from,
      Collection<Endpoint> to,
      @Nullable ArtifactKey payload) {
    return new Edge(
        type, List.copyOf(new TreeSet<>(from)), List.copyOf(new TreeSet<>(to)), payload);
  }

  private void endStated() {
    if (!stated.isEmpty()) {
      ArtifactKey whole = Objects.requireNonNull(documentKey);
      put(edge(statedType, List.of(Endpoint.of(whole)), stated, null));
      stated.clear();
    }
  }

  private void write(Relation relation) {
    Edge bare = relation.bare();
    if (relation.statements().isEmpty()) {
      put(bare);
      return;
    }
    Bytes words = json(List.copyOf(relation.statements().values()));
    ArtifactKey payload = ArtifactKey.of(words, relation.tag());
    put(artifacts, payload, relation.tag(), words);
    put(new Edge(bare.type(), bare.from(), bare.to(), payload));
  }

  private void put(Edge edge) {
    Bytes encoded = edge.encode();
    put(edges, ArtifactKey.of(encoded, TypeTag.EDGE), TypeTag.EDGE, encoded);
  }

  private void put(Set<ArtifactKey> kind, ArtifactKey key, TypeTag tag, Bytes payload) {
    if (count(kind, key) && sink != null) {
      sink.put(tag, payload);
    }
  }

  private boolean count(Set<ArtifactKey> kind, ArtifactKey key) {
    if (artifacts.size() + references.size() + edges.size() >= THINGS_MAX) {
      throw new RefusedException("more than " + THINGS_MAX + " artifacts and edges in one import");
    }
    return kind.add(key);
  }
}
