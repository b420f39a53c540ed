package dev.cairn.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.lib.TreeFormatter;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * A small git repository with a merge, a tag, a submodule's commit, a binary file and a file
 * without an ending; POMs lie in its working tree.
 *
 * <pre>
 *   first ── second ── merge   (main, HEAD)     tag v1 → second
 *        └── side ────┘
 * </pre>
 */
public final class SampleRepository {
  /** Commits that the refs reach. */
  public static final int COMMITS = 4;

  /** Trees that the refs reach: each commit's and one folder. */
  public static final int TREES = 5;

  /** Blobs that the refs reach. */
  public static final int BLOBS = 7;

  /** Annotated tags. */
  public static final int TAGS = 1;

  private static final PersonIdent SOMEBODY =
      new PersonIdent(
          "Some Body", "some@body.example", Instant.ofEpochSecond(1_700_000_000), ZoneOffset.UTC);
  private static final String POM =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>org.example</groupId>
        <artifactId>%s</artifactId>
        <version>1</version>
        <dependencies>
          <dependency>
            <groupId>org.example</groupId>
            <artifactId>%s</artifactId>
            <version>1</version>
          </dependency>
        </dependencies>
      </project>
      """;

  private final Path folder;
  private final ObjectId second;
  private final ObjectId side;
  private final ObjectId merge;

  private SampleRepository(Path folder, ObjectId second, ObjectId side, ObjectId merge) {
    this.folder = folder;
    this.second = second;
    this.side = side;
    this.merge = merge;
  }

  /** Makes it in a folder, with three POMs beside. */
  public static SampleRepository in(Path folder) throws IOException {
    writePoms(folder);
    try (Repository repository =
            new FileRepositoryBuilder()
                .setFS(FS.DETECTED)
                .setWorkTree(folder.toFile())
                .setGitDir(folder.resolve(".git").toFile())
                .build();
        ObjectInserter inserter = repository.newObjectInserter()) {
      repository.create();
      ObjectId main = blob(inserter, "class Main {\n}\n");
      ObjectId readme = blob(inserter, "# Sample\n");
      ObjectId binary = inserter.insert(Constants.OBJ_BLOB, new byte[] {0, 10, 10, 1});
      ObjectId first = commit(inserter, tree(inserter, main, null, null));
      ObjectId second = commit(inserter, tree(inserter, main, readme, null), first);
      ObjectId side = commit(inserter, tree(inserter, main, null, binary), first);
      ObjectId merge = commit(inserter, tree(inserter, main, readme, binary), second, side);
      ObjectId tag = tag(inserter, second);
      inserter.flush();
      point(repository, "refs/heads/main", merge);
      point(repository, "refs/tags/v1", tag);
      repository.updateRef(Constants.HEAD).link("refs/heads/main");
      return new SampleRepository(folder, second, side, merge);
    }
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** The merge's first parent. */
  public ObjectId second() {
    return second;
  }

  /**
   * Forgets what the merge descends from, as a clone of depth 1 does, and all refs; gives a linked
   * worktree with a detached HEAD.
   */
  public Path shallowDetachedWorktree(Path worktree) throws IOException {
    Path git = folder.resolve(".git");
    Files.writeString(git.resolve("shallow"), merge.name() + "\n");
    Files.delete(git.resolve("refs/heads/main"));
    Files.delete(git.resolve("refs/tags/v1"));
    for (ObjectId forgotten : new ObjectId[] {second, side}) {
      String name = forgotten.name();
      Files.delete(git.resolve("objects/" + name.substring(0, 2) + "/" + name.substring(2)));
    }
    Path administration = git.resolve("worktrees/linked");
    Files.createDirectories(administration);
    Files.createDirectories(worktree);
    Files.writeString(administration.resolve("HEAD"), merge.name() + "\n");
    Files.writeString(administration.resolve("commondir"), "../..\n");
    Files.writeString(administration.resolve("gitdir"), worktree.resolve(".git") + "\n");
    Files.writeString(worktree.resolve(".git"), "gitdir: " + administration + "\n");
    return worktree;
  }

  private static void writePoms(Path folder) throws IOException {
    String[] modules = {"one", "two", "three"};
    for (int i = 0; i < modules.length; i++) {
      Path module = folder.resolve(modules[i]);
      Files.createDirectories(module);
      String next = i + 1 < modules.length ? modules[i + 1] : "elsewhere";
      Files.writeString(module.resolve("pom.xml"), POM.formatted(modules[i], next));
    }
  }

  private static ObjectId blob(ObjectInserter inserter, String text) throws IOException {
    return inserter.insert(Constants.OBJ_BLOB, text.getBytes(UTF_8));
  }

  /** A root tree; its folder {@code src} holds {@code main} and three more. */
  private static ObjectId tree(
      ObjectInserter inserter, ObjectId main, @Nullable ObjectId readme, @Nullable ObjectId binary)
      throws IOException {
    TreeFormatter src = new TreeFormatter();
    src.append("Main.java", FileMode.REGULAR_FILE, main);
    src.append("Other.java", FileMode.REGULAR_FILE, blob(inserter, "class Other {}\n\n\n"));
    src.append("empty.txt", FileMode.REGULAR_FILE, blob(inserter, ""));
    src.append("link", FileMode.SYMLINK, blob(inserter, "Main.java"));
    TreeFormatter root = new TreeFormatter();
    root.append("LICENSE", FileMode.REGULAR_FILE, blob(inserter, "none"));
    if (readme != null) {
      root.append("README.md", FileMode.REGULAR_FILE, readme);
    }
    if (binary != null) {
      root.append("logo.png", FileMode.REGULAR_FILE, binary);
    }
    root.append("module", FileMode.GITLINK, ObjectId.fromString("1".repeat(40)));
    root.append("src", FileMode.TREE, inserter.insert(src));
    return inserter.insert(root);
  }

  private static ObjectId commit(ObjectInserter inserter, ObjectId tree, ObjectId... parents)
      throws IOException {
    CommitBuilder commit = new CommitBuilder();
    commit.setTreeId(tree);
    commit.setParentIds(parents);
    commit.setAuthor(SOMEBODY);
    commit.setCommitter(SOMEBODY);
    commit.setMessage("a commit with " + parents.length + " parents\n");
    return inserter.insert(commit);
  }

  private static ObjectId tag(ObjectInserter inserter, ObjectId commit) throws IOException {
    TagBuilder tag = new TagBuilder();
    tag.setObjectId(commit, Constants.OBJ_COMMIT);
    tag.setTag("v1");
    tag.setTagger(SOMEBODY);
    tag.setMessage("the first\n");
    return inserter.insert(tag);
  }

  private static void point(Repository repository, String ref, ObjectId to) throws IOException {
    RefUpdate update = repository.updateRef(ref);
    update.setNewObjectId(to);
    update.forceUpdate();
  }
}
