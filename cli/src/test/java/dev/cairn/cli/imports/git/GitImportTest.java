package dev.cairn.cli.imports.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.Relation;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.internal.storage.file.ObjectDirectory;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.BundleWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A repository with everything awkward in it, made object by object. */
class GitImportTest {
  private static final ObjectId SUBMODULE =
      ObjectId.fromString("0123456789abcdef0123456789abcdef01234567");

  @TempDir Path folder;
  Path path;
  Repository repository;
  Store store;
  Graph graph;

  /** Every object made that a ref reaches, with its kind. */
  final Map<ObjectId, Integer> reachable = new TreeMap<>();

  ObjectId large;
  ObjectId emptyTree;
  ObjectId rootTree;
  ObjectId first;
  ObjectId merge;
  ObjectId tag;
  ObjectId tagOfTag;
  ObjectId oddName;

  @BeforeEach
  void makeRepository() throws IOException {
    QuietSystemReader.install();
    path = folder.resolve("repo.git");
    repository = new FileRepositoryBuilder().setBare().setGitDir(path.toFile()).build();
    repository.create(true);
    store =
        Store.open(
            new MemoryEngine(StoreConfig.tables(CairnNode.newIndexes(), List.of())),
            new StoreConfig(
                "default",
                SigningKey.fromSeed(Bytes.wrap(new byte[32])),
                1,
                CairnNode.newIndexes(),
                List.of(),
                () -> 1_700_000_000_000L));
    graph = new Graph(store);
    fill();
  }

  @AfterEach
  void close() {
    store.close();
    repository.close();
  }

  private void fill() throws IOException {
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      byte[] megabytes = new byte[2 << 20];
      new Random(3).nextBytes(megabytes);
      large = put(inserter, Constants.OBJ_BLOB, megabytes);
      ObjectId small = put(inserter, Constants.OBJ_BLOB, "text\n".getBytes(UTF_8));
      ObjectId empty = put(inserter, Constants.OBJ_BLOB, new byte[0]);
      emptyTree = put(inserter, Constants.OBJ_TREE, new byte[0]);
      oddName =
          put(
              inserter,
              Constants.OBJ_TREE,
              tree(
                  entry("100644", new byte[] {'a', (byte) 0xff}, small),
                  entry("100644", "e\u0301".getBytes(UTF_8), small),
                  entry("100644", "\u00e9".getBytes(UTF_8), small)));
      rootTree =
          put(
              inserter,
              Constants.OBJ_TREE,
              tree(
                  entry("100755", "build".getBytes(UTF_8), small),
                  entry("40000", "empty".getBytes(UTF_8), emptyTree),
                  entry("100644", "large".getBytes(UTF_8), large),
                  entry("120000", "link".getBytes(UTF_8), empty),
                  entry("40000", "odd".getBytes(UTF_8), oddName),
                  entry("160000", "sub".getBytes(UTF_8), SUBMODULE)));
      first = commit(inserter, emptyTree, "first");
      ObjectId left = commit(inserter, rootTree, "left", first);
      ObjectId right = commit(inserter, oddName, "right", first);
      merge = commit(inserter, rootTree, "merge", left, right);
      tag = tag(inserter, merge, Constants.OBJ_COMMIT, "v1");
      tagOfTag = tag(inserter, tag, Constants.OBJ_TAG, "v1-again");
      inserter.insert(Constants.OBJ_BLOB, "unreachable".getBytes(UTF_8));
      inserter.flush();
    }
    point("refs/heads/main", merge);
    point("refs/tags/v1", tag);
    point("refs/tags/v1-again", tagOfTag);
    point("refs/notes/blob", large);
  }

  private ObjectId put(ObjectInserter inserter, int kind, byte[] bytes) throws IOException {
    ObjectId id = inserter.insert(kind, bytes);
    reachable.put(id, kind);
    return id;
  }

  private ObjectId commit(ObjectInserter inserter, ObjectId tree, String text, ObjectId... parents)
      throws IOException {
    CommitBuilder commit = new CommitBuilder();
    commit.setTreeId(tree);
    commit.setParentIds(parents);
    PersonIdent person =
        new PersonIdent(
            "A U Thor",
            "author@example.com",
            java.time.Instant.ofEpochSecond(1_700_000_000L),
            java.time.ZoneOffset.UTC);
    commit.setAuthor(person);
    commit.setCommitter(person);
    commit.setMessage(text);
    ObjectId id = inserter.insert(commit);
    reachable.put(id, Constants.OBJ_COMMIT);
    return id;
  }

  private ObjectId tag(ObjectInserter inserter, ObjectId target, int kind, String name)
      throws IOException {
    TagBuilder builder = new TagBuilder();
    builder.setObjectId(target, kind);
    builder.setTag(name);
    builder.setTagger(
        new PersonIdent(
            "A U Thor",
            "author@example.com",
            java.time.Instant.ofEpochSecond(1_700_000_000L),
            java.time.ZoneOffset.UTC));
    builder.setMessage(name);
    ObjectId id = inserter.insert(builder);
    reachable.put(id, Constants.OBJ_TAG);
    return id;
  }

  private static byte[] entry(String mode, byte[] name, ObjectId id) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((mode + " ").getBytes(UTF_8));
    out.write(name);
    out.write(0);
    byte[] raw = new byte[20];
    id.copyRawTo(raw, 0);
    out.write(raw);
    return out.toByteArray();
  }

  private static byte[] tree(byte[]... entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      out.write(entry);
    }
    return out.toByteArray();
  }

  private void point(String ref, ObjectId id) throws IOException {
    RefUpdate update = repository.updateRef(ref);
    update.setNewObjectId(id);
    assertThat(update.forceUpdate())
        .isIn(RefUpdate.Result.NEW, RefUpdate.Result.FORCED, RefUpdate.Result.FAST_FORWARD);
  }

  private GitImporter.Report run(Path source) throws IOException {
    return GitImporter.run(source, store, total -> Progress.silent());
  }

  private long made(int kind) {
    return reachable.values().stream().filter(k -> k == kind).count();
  }

  private ArtifactKey keyOf(ObjectId id) throws IOException {
    try (ObjectReader reader = repository.newObjectReader()) {
      String type = "git/" + Constants.typeString(reachable.get(id));
      return ArtifactKey.of(Bytes.wrap(reader.open(id).getBytes()), new TypeTag(type));
    }
  }

  private List<String> causes(ObjectId id) throws IOException {
    List<Incidence> edges = graph.edgesOf(keyOf(id), Relation.TO, EdgeFilter.LIVE, store.now());
    assertThat(edges).as("edges to " + id.name()).hasSize(1);
    List<String> told = new ArrayList<>();
    edges.get(0).edge().edge().from().forEach(end -> told.add(end.role() + " <- " + end.key()));
    told.add(0, edges.get(0).edge().edge().type().text());
    return told;
  }

  @Test
  void everyReachableObjectBecomesAnArtifactWithGitsOwnBytes() throws IOException {
    GitImporter.Report report = run(path);
    assertThat(report.commits()).isEqualTo(made(Constants.OBJ_COMMIT)).isEqualTo(4);
    assertThat(report.trees()).isEqualTo(made(Constants.OBJ_TREE)).isEqualTo(3);
    assertThat(report.blobs()).isEqualTo(made(Constants.OBJ_BLOB)).isEqualTo(3);
    assertThat(report.tags()).isEqualTo(made(Constants.OBJ_TAG)).isEqualTo(2);
    assertThat(report.edges()).isEqualTo(4 + 3 + 2);
    // Each object and edge, and the submodule's commit.
    assertThat(report.written()).isEqualTo(reachable.size() + 9 + 1);
    for (ObjectId id : reachable.keySet()) {
      ArtifactKey key = keyOf(id);
      assertThat(store.now().isLive(key)).as(id.name()).isTrue();
      byte[] git = repository.open(id).getBytes();
      assertThat(
              store.payload(
                  store.now().live(key).orElseThrow().artifact().payloadDigest(), 4 << 20))
          .isEqualTo(Bytes.wrap(git));
    }
    assertThat(
            store.now().isLive(ArtifactKey.of(Bytes.utf8("unreachable"), new TypeTag("git/blob"))))
        .isFalse();
  }

  @Test
  void edgesLeadFromTreeParentsEntriesAndTargets() throws IOException {
    run(path);
    assertThat(causes(first)).containsExactly("git:commit", "tree <- " + keyOf(emptyTree));
    assertThat(causes(merge)).hasSize(4).contains("git:commit", "tree <- " + keyOf(rootTree));
    assertThat(causes(merge)).anyMatch(end -> end.startsWith("parent-1 <- "));
    assertThat(causes(merge)).anyMatch(end -> end.startsWith("parent-2 <- "));
    assertThat(causes(emptyTree)).containsExactly("git:tree");
    assertThat(causes(tag)).containsExactly("git:tag", "null <- " + keyOf(merge));
    assertThat(causes(tagOfTag)).containsExactly("git:tag", "null <- " + keyOf(tag));
    assertThat(causes(rootTree))
        .contains(
            "100644 large <- " + keyOf(large),
            "040000 empty <- " + keyOf(emptyTree),
            "040000 odd <- " + keyOf(oddName),
            "160000 sub <- "
                + ArtifactKey.of(Bytes.utf8(SUBMODULE.name()), new TypeTag("git/gitlink")))
        .anyMatch(end -> end.startsWith("120000 link <- "))
        .anyMatch(end -> end.startsWith("100755 build <- "))
        .hasSize(7);
    assertThat(causes(oddName))
        .anyMatch(end -> end.startsWith("100644 a%FF <- "))
        .anyMatch(end -> end.startsWith("100644 e%CC%81 <- "))
        .anyMatch(end -> end.startsWith("100644 \u00e9 <- "));
  }

  @Test
  void importingAgainWritesNothing() throws IOException {
    run(path);
    Bytes root = store.stateRoot();
    GitImporter.Report again = run(path);
    assertThat(again.written()).isZero();
    assertThat(again.blobs()).isEqualTo(3);
    assertThat(store.stateRoot()).isEqualTo(root);
  }

  @Test
  void aBundleGivesTheSameAsItsRepository() throws IOException {
    Path bundle = folder.resolve("repo.bundle");
    try (OutputStream out = new FileOutputStream(bundle.toFile())) {
      BundleWriter writer = new BundleWriter(repository);
      for (String ref :
          List.of("refs/heads/main", "refs/tags/v1", "refs/tags/v1-again", "refs/notes/blob")) {
        writer.include(repository.exactRef(ref));
      }
      writer.writeBundle(NullProgressMonitor.INSTANCE, out);
    }
    GitImporter.Report fromBundle = run(bundle);
    assertThat(fromBundle.written()).isEqualTo(reachable.size() + 9 + 1);
    assertThat(run(path).written()).isZero();
  }

  @Test
  void aWorkingTreeIsFoundFromItsFolderAndNotFromWithin() throws IOException {
    Path work = folder.resolve("work");
    Files.createDirectories(work.resolve("inner"));
    try (Repository other =
        new FileRepositoryBuilder()
            .setWorkTree(work.toFile())
            .setGitDir(work.resolve(".git").toFile())
            .build()) {
      other.create();
    }
    assertThat(run(work).commits()).isZero();
    assertThatThrownBy(() -> run(work.resolve("inner")))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("not a git repository");
  }

  @Test
  void aShallowBorderNamesWhatIsNotThere() throws IOException {
    Files.writeString(path.resolve("shallow"), merge.name() + "\n");
    repository.getRefDatabase().refresh();
    point("refs/tags/v1", merge);
    point("refs/tags/v1-again", merge);
    GitImporter.Report report = run(path);
    assertThat(report.commits()).isEqualTo(1);
    List<String> ends = causes(merge);
    String gitlinks =
        ends.stream().filter(end -> end.startsWith("parent-")).reduce("", String::concat);
    assertThat(ends).hasSize(4);
    assertThat(store.now().isLive(keyOf(first))).isFalse();
    assertThat(gitlinks).contains("parent-1", "parent-2");
  }

  @Test
  void whatIsNoRepositoryIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no bundle");
    assertThatThrownBy(() -> run(file))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("not a git bundle");
    assertThatThrownBy(() -> run(folder.resolve("missing")))
        .isInstanceOf(java.nio.file.NoSuchFileException.class);
    assertThat(store.heads()).isEmpty();
  }

  @Test
  void anObjectThatIsNotWhatItsIdSaysIsRefused() throws IOException {
    // Another blob's file under this blob's name: intact as such, but not this one.
    ObjectDirectory objects = ((FileRepository) repository).getObjectDatabase();
    ObjectId other;
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      other = inserter.insert(Constants.OBJ_BLOB, "tampered\n".getBytes(UTF_8));
      inserter.flush();
    }
    ObjectId victim = ObjectId.fromString("8e27be7d6154a1f68ea9160ef0e18691d20560dc");
    assertThat(reachable).containsKey(victim);
    Path file = objects.fileFor(victim).toPath();
    Files.setPosixFilePermissions(
        file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
    Files.write(file, Files.readAllBytes(objects.fileFor(other).toPath()));
    assertThatThrownBy(() -> run(path))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(victim.name());
  }

  @Test
  void theRepositoryIsOnlyRead() throws IOException {
    List<String> before = listing(path);
    run(path);
    assertThat(listing(path)).isEqualTo(before);
  }

  private static List<String> listing(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<String> lines = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        lines.add(file + " " + (Files.isRegularFile(file) ? Files.size(file) : -1));
      }
      return lines;
    }
  }
}
