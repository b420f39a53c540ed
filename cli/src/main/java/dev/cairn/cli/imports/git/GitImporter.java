package dev.cairn.cli.imports.git;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.ImportSink;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectIdOwnerMap;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.ObjectWalk;
import org.eclipse.jgit.revwalk.RevObject;
import org.jspecify.annotations.Nullable;

/**
 * Imports everything that a git repository's refs and its HEAD reach.
 *
 * <p>Every object becomes an artifact of type {@code git/commit}, {@code git/tree}, {@code
 * git/blob} or {@code git/tag} whose payload is the object's content as git hashes it, without
 * git's header. Every commit, tree and annotated tag gets an edge to it:
 *
 * <pre>
 *   git:commit   from its tree (role tree) and its parents (parent-1, parent-2, …)
 *   git:tree     from its entries (role: {@link TreeEntryRole}); an empty tree has no cause
 *   git:tag      from what it names
 * </pre>
 *
 * <p>An object that is named but not there, a submodule's commit or a shallow clone's border, is an
 * artifact of type {@code git/gitlink} with the 40 hex digits of its id as payload. A tree of more
 * than {@link #TREE_ENTRIES_MAX} entries has several edges.
 *
 * <p>Objects come first, in commits of about a thousand, then the edges; an import that was
 * interrupted is finished by repeating it, and one that was finished writes nothing when repeated.
 * Every object's bytes are checked against its git id. Memory: about 100 bytes an object, beside
 * blobs of up to 4 MiB. One owner at a time.
 */
public final class GitImporter {
  /** Entries of a tree that one edge holds. */
  public static final int TREE_ENTRIES_MAX = Edge.EDGE_ENDPOINTS_MAX - 1;

  private static final TypeTag COMMIT = new TypeTag("git/commit");
  private static final TypeTag TREE = new TypeTag("git/tree");
  private static final TypeTag BLOB = new TypeTag("git/blob");
  private static final TypeTag TAG = new TypeTag("git/tag");
  private static final TypeTag GITLINK = new TypeTag("git/gitlink");
  private static final EdgeType COMMIT_EDGE = new EdgeType("git:commit");
  private static final EdgeType TREE_EDGE = new EdgeType("git:tree");
  private static final EdgeType TAG_EDGE = new EdgeType("git:tag");

  private final ImportSink sink;
  private final LongFunction<Progress> progress;
  private final ObjectIdOwnerMap<Imported> imported = new ObjectIdOwnerMap<>();
  private final List<Imported> commits = new ArrayList<>();
  private final List<Imported> trees = new ArrayList<>();
  private final List<Imported> blobs = new ArrayList<>();
  private final List<Imported> tags = new ArrayList<>();
  private long edges;

  /**
   * What was imported.
   *
   * @param commits commits reached
   * @param trees trees reached
   * @param blobs blobs reached
   * @param tags annotated tags reached
   * @param edges edges stated
   * @param written records written
   */
  public record Report(long commits, long trees, long blobs, long tags, long edges, long written) {}

  /** An object and its artifact's digest, packed for the sake of repositories of many objects. */
  private static final class Imported extends ObjectIdOwnerMap.Entry {
    private static final long serialVersionUID = 1L;

    private long first;
    private long second;
    private long third;
    private long fourth;

    Imported(AnyObjectId id) {
      super(id);
    }

    void set(ArtifactKey key) {
      Bytes digest = key.digest();
      first = digest.u64At(0);
      second = digest.u64At(8);
      third = digest.u64At(16);
      fourth = digest.u64At(24);
    }

    ArtifactKey key() {
      return new ArtifactKey(
          HashAlgorithm.SHA_256,
          Bytes.concat(Bytes.u64(first), Bytes.u64(second), Bytes.u64(third), Bytes.u64(fourth)));
    }
  }

  private GitImporter(ImportSink sink, LongFunction<Progress> progress) {
    this.sink = sink;
    this.progress = progress;
  }

  /**
   * Imports a working tree's repository, a bare repository or a bundle file.
   *
   * @param progress makes the progress display for so many objects
   * @throws MalformedException if it is none of these, or an object is not what its id says
   */
  public static Report run(Path source, Store store, LongFunction<Progress> progress)
      throws IOException {
    try (GitSource opened = GitSource.open(source);
        ObjectReader reader = opened.repository().newObjectReader();
        ImportSink sink = new ImportSink(store)) {
      GitImporter importer = new GitImporter(sink, progress);
      importer.walk(opened.repository());
      importer.importAll(reader);
      sink.flush();
      return importer.report();
    }
  }

  private Report report() {
    return new Report(
        commits.size(), trees.size(), blobs.size(), tags.size(), edges, sink.written());
  }

  private void walk(Repository repository) throws IOException {
    try (ObjectWalk walk = new ObjectWalk(repository)) {
      TreeSet<ObjectId> starts = new TreeSet<>();
      for (Ref ref : repository.getRefDatabase().getRefs()) {
        addStart(ref, starts);
      }
      addStart(repository.exactRef(Constants.HEAD), starts);
      for (ObjectId start : starts) {
        walk.markStart(walk.parseAny(start));
      }
      for (RevObject next = walk.next(); next != null; next = walk.next()) {
        take(next);
      }
      for (RevObject next = walk.nextObject(); next != null; next = walk.nextObject()) {
        take(next);
      }
    }
  }

  private static void addStart(@Nullable Ref ref, Set<ObjectId> starts) {
    ObjectId id = ref == null ? null : ref.getObjectId();
    if (id != null) {
      starts.add(id);
    }
  }

  private void take(RevObject object) {
    Imported entry = new Imported(object);
    imported.add(entry);
    switch (object.getType()) {
      case Constants.OBJ_COMMIT -> commits.add(entry);
      case Constants.OBJ_TREE -> trees.add(entry);
      case Constants.OBJ_BLOB -> blobs.add(entry);
      case Constants.OBJ_TAG -> tags.add(entry);
      default -> throw new AssertionError("a git object of type " + object.getType());
    }
  }

  private void importAll(ObjectReader reader) throws IOException {
    long objects = (long) commits.size() + trees.size() + blobs.size() + tags.size();
    long withEdges = objects - blobs.size();
    try (Progress shown = progress.apply(objects + withEdges)) {
      putAll(reader, blobs, Constants.OBJ_BLOB, BLOB, shown);
      putAll(reader, trees, Constants.OBJ_TREE, TREE, shown);
      putAll(reader, commits, Constants.OBJ_COMMIT, COMMIT, shown);
      putAll(reader, tags, Constants.OBJ_TAG, TAG, shown);
      for (Imported tree : trees) {
        linkTree(tree, bytes(reader, tree, Constants.OBJ_TREE));
        shown.step(1);
      }
      for (Imported commit : commits) {
        linkCommit(commit, bytes(reader, commit, Constants.OBJ_COMMIT));
        shown.step(1);
      }
      for (Imported tag : tags) {
        ObjectId target = GitObjects.tagTarget(tag, bytes(reader, tag, Constants.OBJ_TAG));
        link(TAG_EDGE, List.of(Endpoint.of(keyOf(target))), tag);
        shown.step(1);
      }
    }
  }

  private void putAll(
      ObjectReader reader, List<Imported> objects, int kind, TypeTag tag, Progress shown)
      throws IOException {
    for (Imported object : objects) {
      object.set(put(reader.open(object, kind), object, kind, tag));
      shown.step(1);
    }
  }

  private ArtifactKey put(ObjectLoader loader, ObjectId id, int kind, TypeTag tag)
      throws IOException {
    MessageDigest gitDigest = gitDigest(kind, loader.getSize());
    ArtifactKey key;
    if (loader.isLarge()) {
      try (DigestInputStream in = new DigestInputStream(loader.openStream(), gitDigest)) {
        key = sink.put(tag, in).key();
      }
    } else {
      byte[] bytes = loader.getCachedBytes();
      gitDigest.update(bytes);
      key = sink.put(tag, Bytes.wrap(bytes)).key();
    }
    if (!ObjectId.fromRaw(gitDigest.digest()).equals(id)) {
      throw new MalformedException(
          "git object " + id.name() + ": its bytes hash to another id; run 'git fsck' there");
    }
    return key;
  }

  private static MessageDigest gitDigest(int kind, long size) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      String head = Constants.typeString(kind) + " " + size + "\0";
      digest.update(head.getBytes(StandardCharsets.US_ASCII));
      return digest;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }

  private static byte[] bytes(ObjectReader reader, ObjectId id, int kind) throws IOException {
    return reader.open(id, kind).getBytes();
  }

  private void linkTree(Imported tree, byte[] bytes) {
    // A set: a damaged tree may name one thing twice.
    TreeSet<Endpoint> ends = new TreeSet<>();
    for (GitObjects.Entry entry : GitObjects.tree(tree, bytes)) {
      ArtifactKey key = entry.isGitlink() ? gitlink(entry.id()) : keyOf(entry.id());
      ends.add(new Endpoint(key, TreeEntryRole.of(entry.mode(), entry.name().toArray())));
    }
    List<Endpoint> all = List.copyOf(ends);
    int from = 0;
    do {
      int to = Math.min(all.size(), from + TREE_ENTRIES_MAX);
      link(TREE_EDGE, all.subList(from, to), tree);
      from = to;
    } while (from < all.size());
  }

  private void linkCommit(Imported commit, byte[] bytes) {
    GitObjects.Commit named = GitObjects.commit(commit, bytes);
    List<Endpoint> from = new ArrayList<>();
    from.add(new Endpoint(keyOf(named.tree()), "tree"));
    for (int i = 0; i < named.parents().size(); i++) {
      from.add(new Endpoint(keyOf(named.parents().get(i)), "parent-" + (i + 1)));
    }
    link(COMMIT_EDGE, from, commit);
  }

  private void link(EdgeType type, List<Endpoint> from, Imported to) {
    Edge edge = new Edge(type, from, List.of(Endpoint.of(to.key())), null);
    sink.put(TypeTag.EDGE, edge.encode());
    edges++;
  }

  private ArtifactKey keyOf(ObjectId id) {
    Imported entry = imported.get(id);
    return entry == null ? gitlink(id) : entry.key();
  }

  private ArtifactKey gitlink(ObjectId id) {
    return sink.put(GITLINK, Bytes.utf8(id.name())).key();
  }
}
