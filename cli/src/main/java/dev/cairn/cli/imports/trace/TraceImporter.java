package dev.cairn.cli.imports.trace;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.ProgressStream;
import dev.cairn.cli.imports.AliasMap;
import dev.cairn.cli.imports.ImportSink;
import dev.cairn.cli.imports.LineReader;
import dev.cairn.cli.imports.trace.TraceLine.End;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Imports a trace: artifacts by alias, edges between aliases, tombstones.
 *
 * <p>The file is read twice. The first reading checks every line and learns what each alias means;
 * only if nothing is wrong, or the bad lines are to be passed over, does the second one write.
 *
 * <p>An alias means, in this order: the artifact that a line of the file declares under it, before
 * or after; what the alias map says; the artifact of the key that it is ({@code
 * asl1-<function>:<hex>} as it stands, {@code sha256:<hex>} if exactly one artifact of the file or
 * the store has that payload); else the artifact of type {@code trace/ref} with the alias as
 * payload. Key prefixes are not looked up: what they mean differs from node to node.
 *
 * <p>The last line that declares or tombstones an artifact decides whether it is live in the end.
 * An artifact that ends tombstoned is put only if the store never heard of it, so that importing
 * again writes nothing. Of several edges in one slot the last is the live one. One owner at a time.
 */
public final class TraceImporter {
  /** Type of an artifact that stands for a reference to something not in the trace. */
  public static final TypeTag REFERENCE = new TypeTag("trace/ref");

  /** Bad lines told one by one when they are passed over. */
  public static final int BAD_LINES_TOLD_MAX = 100;

  private static final TypeTag TEXT = new TypeTag("text/plain");

  private final Store store;
  private final List<Index> indexes;
  private final AliasMap map;
  private final boolean mapped;
  private final boolean keepGoing;
  private final Consumer<String> complaints;
  private final TraceParser parser = new TraceParser();

  private final Map<String, Declared> declared = new HashMap<>();
  private final Map<PayloadDigest, Set<ArtifactKey>> digests = new HashMap<>();
  private final Map<String, Long> digestAliases = new TreeMap<>();
  private final List<Buried> buried = new ArrayList<>();
  private final Set<Long> badLines = new TreeSet<>();
  private final Set<ArtifactKey> dead = new HashSet<>();
  private final Set<ArtifactKey> references = new HashSet<>();
  private final Set<ArtifactKey> edges = new HashSet<>();
  private final Set<Bytes> slotsOfCommit = new HashSet<>();

  /**
   * What was imported.
   *
   * @param artifacts distinct artifacts declared
   * @param edges distinct edges
   * @param references distinct references to what was not declared
   * @param written records written
   * @param badLines lines passed over
   */
  public record Report(long artifacts, long edges, long references, long written, long badLines) {}

  private record Declared(ArtifactKey key, long line) {}

  private record Buried(String alias, long line) {}

  /**
   * An importer into a store.
   *
   * @param indexes the store's: they say what a structured artifact must look like
   * @param map aliases known before, and those learnt; null if they are not kept
   * @param keepGoing whether bad lines are passed over
   * @param complaints takes a sentence for each bad line
   */
  public TraceImporter(
      Store store,
      List<Index> indexes,
      @Nullable AliasMap map,
      boolean keepGoing,
      Consumer<String> complaints) {
    this.store = store;
    this.indexes = List.copyOf(indexes);
    this.mapped = map != null;
    this.map = map == null ? new AliasMap() : map;
    this.keepGoing = keepGoing;
    this.complaints = complaints;
  }

  /**
   * Imports a file, once for each importer.
   *
   * @throws MalformedException naming the first bad line; nothing was written
   */
  public Report run(Path file) throws IOException {
    return run(file, read -> {});
  }

  /**
   * The same, for who watches.
   *
   * @param read told how many bytes more were read: in the end the file's, twice
   */
  public Report run(Path file, LongConsumer read) throws IOException {
    forEachLine(file, read, this::learn);
    checkDigestAliases();
    decideWhoIsDead();
    try (ImportSink sink = new ImportSink(store)) {
      forEachLine(file, read, (number, line) -> write(line, sink));
      sink.endCommit();
      for (ArtifactKey key : new TreeSet<>(dead)) {
        sink.tombstone(key, new TombstoneNote(false, null));
      }
      sink.flush();
      return report(sink.written());
    }
  }

  private Report report(long written) {
    Set<ArtifactKey> artifacts = new HashSet<>();
    Map<String, ArtifactKey> learnt = new TreeMap<>();
    declared.forEach(
        (alias, what) -> {
          artifacts.add(what.key());
          learnt.put(alias, what.key());
        });
    learnt.forEach(map::put);
    return new Report(artifacts.size(), edges.size(), references.size(), written, badLines.size());
  }

  private interface LineAction {
    void take(long number, TraceLine line);
  }

  private void forEachLine(Path file, LongConsumer read, LineAction action) throws IOException {
    try (InputStream in = new ProgressStream(Files.newInputStream(file), read)) {
      LineReader lines = new LineReader(in, TraceParser.LINE_BYTES_MAX);
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        long number = lines.number();
        if (badLines.contains(number) || isBlank(line)) {
          continue;
        }
        try {
          action.take(number, parser.parse(line));
        } catch (MalformedException | RefusedException e) {
          bad(number, String.valueOf(e.getMessage()), e);
        }
      }
    }
  }

  private void bad(long number, String what, @Nullable Throwable cause) {
    String told = "line " + number + ": " + what;
    if (!keepGoing) {
      throw new MalformedException(told, cause);
    }
    badLines.add(number);
    if (badLines.size() <= BAD_LINES_TOLD_MAX) {
      complaints.accept(told);
    }
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  // ---- first reading

  private void learn(long number, TraceLine line) {
    if (line instanceof TraceLine.Artifact artifact) {
      learnArtifact(number, artifact);
    } else if (line instanceof TraceLine.Tombstone tombstone) {
      noteDigestAlias(number, tombstone.alias());
      buried.add(new Buried(tombstone.alias(), number));
    } else if (line instanceof TraceLine.Link link) {
      link.from().forEach(end -> noteDigestAlias(number, end.alias()));
      link.to().forEach(end -> noteDigestAlias(number, end.alias()));
    }
  }

  private void learnArtifact(long number, TraceLine.Artifact artifact) {
    check(artifact);
    ArtifactKey key = ArtifactKey.of(artifact.payload(), artifact.type());
    String alias = artifact.alias();
    if (mapped && !AliasMap.canHold(alias)) {
      throw new MalformedException("an alias with a tab or a line end does not fit into the map");
    }
    ArtifactKey before = map.get(alias);
    Declared earlier = declared.get(alias);
    if (earlier != null && !earlier.key().equals(key)) {
      throw new MalformedException(
          "alias '" + alias + "' is another artifact on line " + earlier.line());
    }
    if (before != null && !before.equals(key)) {
      throw new MalformedException("alias '" + alias + "' is another artifact in the map");
    }
    declared.put(alias, new Declared(key, number));
    digests.computeIfAbsent(PayloadDigest.of(artifact.payload()), any -> new TreeSet<>()).add(key);
  }

  private void check(TraceLine.Artifact artifact) {
    for (Index index : indexes) {
      if (artifact.type() != null && index.structuredTypes().contains(artifact.type())) {
        index.check(artifact.type(), artifact.payload());
      }
    }
  }

  private void noteDigestAlias(long number, String alias) {
    if (isPayloadDigest(alias)) {
      digestAliases.putIfAbsent(alias, number);
    }
  }

  /** Every alias that is a payload's digest must mean exactly one artifact. */
  private void checkDigestAliases() {
    for (Map.Entry<String, Long> entry : digestAliases.entrySet()) {
      if (declared.get(entry.getKey()) == null && map.get(entry.getKey()) == null) {
        try {
          byPayload(entry.getKey());
        } catch (MalformedException e) {
          bad(entry.getValue(), String.valueOf(e.getMessage()), e);
        }
      }
    }
  }

  private void decideWhoIsDead() {
    Map<ArtifactKey, Long> lastBurial = new HashMap<>();
    for (Buried one : buried) {
      if (!badLines.contains(one.line())) {
        lastBurial.merge(resolve(one.alias()), one.line(), Math::max);
      }
    }
    dead.addAll(lastBurial.keySet());
    for (Declared one : declared.values()) {
      Long burial = lastBurial.get(one.key());
      if (burial != null && one.line() > burial) {
        dead.remove(one.key());
      }
    }
  }

  // ---- meaning

  private ArtifactKey resolve(String alias) {
    Declared here = declared.get(alias);
    if (here != null) {
      return here.key();
    }
    ArtifactKey before = map.get(alias);
    if (before != null) {
      return before;
    }
    if (isPayloadDigest(alias)) {
      return byPayload(alias);
    }
    ArtifactKey key = asKey(alias);
    return key != null ? key : ArtifactKey.of(Bytes.utf8(alias), REFERENCE);
  }

  private boolean isReference(String alias) {
    return !declared.containsKey(alias)
        && map.get(alias) == null
        && !isPayloadDigest(alias)
        && asKey(alias) == null;
  }

  private static @Nullable ArtifactKey asKey(String alias) {
    if (!alias.startsWith("asl1-")) {
      return null;
    }
    try {
      return ArtifactKey.parse(alias);
    } catch (MalformedException e) {
      return null;
    }
  }

  private static boolean isPayloadDigest(String alias) {
    return alias.matches("sha256:[0-9a-f]{64}");
  }

  private ArtifactKey byPayload(String alias) {
    PayloadDigest digest = PayloadDigest.parse(alias);
    Set<ArtifactKey> found = digests.getOrDefault(digest, Set.of());
    List<ArtifactKey> candidates = found.isEmpty() ? store.byPayload(digest) : List.copyOf(found);
    if (candidates.size() != 1) {
      throw new MalformedException(
          alias
              + " is the payload of "
              + candidates.size()
              + " artifacts of this trace and store, not of one");
    }
    return candidates.get(0);
  }

  // ---- second reading

  private void write(TraceLine line, ImportSink sink) {
    if (line instanceof TraceLine.Artifact artifact) {
      ArtifactKey key = ArtifactKey.of(artifact.payload(), artifact.type());
      if (!staysDead(key)) {
        sink.put(artifact.type(), artifact.payload());
      }
    } else if (line instanceof TraceLine.Link link) {
      writeLink(link, sink);
    }
  }

  private void writeLink(TraceLine.Link link, ImportSink sink) {
    String text = link.text();
    ArtifactKey payload = text == null ? null : ArtifactKey.of(Bytes.utf8(text), TEXT);
    Edge edge = new Edge(link.type(), ends(link.from()), ends(link.to()), payload);
    ArtifactKey key = edge.key();
    edges.add(key);
    if (staysDead(key)) {
      return;
    }
    if (payload != null && text != null && !staysDead(payload)) {
      sink.put(TEXT, Bytes.utf8(text));
    }
    link.from().forEach(end -> putReference(end.alias(), sink));
    link.to().forEach(end -> putReference(end.alias(), sink));
    if (!slotsOfCommit.add(edge.slot())) {
      // Within a commit the order is by key: the later line must be in a later one.
      sink.endCommit();
      slotsOfCommit.clear();
      slotsOfCommit.add(edge.slot());
    } else if (slotsOfCommit.size() > ImportSink.COMMIT_RECORDS) {
      sink.endCommit();
      slotsOfCommit.clear();
      slotsOfCommit.add(edge.slot());
    }
    sink.put(TypeTag.EDGE, edge.encode());
  }

  /** True for what ends tombstoned and is known already: a put would revive it for a moment. */
  private boolean staysDead(ArtifactKey key) {
    return dead.contains(key) && !store.history(key).isEmpty();
  }

  private void putReference(String alias, ImportSink sink) {
    if (!isReference(alias)) {
      return;
    }
    Bytes payload = Bytes.utf8(alias);
    ArtifactKey key = ArtifactKey.of(payload, REFERENCE);
    if (references.add(key) && !staysDead(key)) {
      sink.put(REFERENCE, payload);
    }
  }

  private List<Endpoint> ends(List<End> ends) {
    TreeSet<Endpoint> distinct = new TreeSet<>();
    ends.forEach(end -> distinct.add(new Endpoint(resolve(end.alias()), end.role())));
    return List.copyOf(distinct);
  }
}
