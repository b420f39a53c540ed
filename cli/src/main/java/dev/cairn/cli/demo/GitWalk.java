package dev.cairn.cli.demo;

import dev.cairn.cli.imports.git.QuietSystemReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectIdOwnerMap;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevTag;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;
import org.jspecify.annotations.Nullable;

/**
 * The objects that a git repository's refs and HEAD reach, found on purpose apart from the importer
 * whose work is checked against it: commits by a revision walk, trees by reading each. About 60
 * bytes an object. One owner at a time.
 */
final class GitWalk {
  private final ObjectIdOwnerMap<Reached> reached = new ObjectIdOwnerMap<>();
  private final long[] counts = new long[Constants.OBJ_TAG + 1];
  private @Nullable ObjectId head;

  private static final class Reached extends ObjectIdOwnerMap.Entry {
    private static final long serialVersionUID = 1L;

    private final int kind;
    private boolean found;

    Reached(AnyObjectId id, int kind) {
      super(id);
      this.kind = kind;
    }
  }

  private GitWalk() {}

  /** Opens the repository of a working tree, or a bare one. */
  static Repository open(Path folder) throws IOException {
    QuietSystemReader.install();
    File place = folder.toFile().getAbsoluteFile();
    return new FileRepositoryBuilder()
        .addCeilingDirectory(place.getParentFile())
        .findGitDir(place)
        .setMustExist(true)
        .build();
  }

  /** Walks from every ref and from HEAD. */
  static GitWalk of(Path folder) throws IOException {
    GitWalk walk = new GitWalk();
    try (Repository repository = open(folder);
        RevWalk revisions = new RevWalk(repository);
        ObjectReader reader = repository.newObjectReader()) {
      revisions.setRetainBody(false);
      for (Ref ref : repository.getRefDatabase().getRefs()) {
        walk.start(ref.getObjectId(), revisions, reader);
      }
      walk.head = repository.resolve(Constants.HEAD);
      walk.start(walk.head, revisions, reader);
      for (RevCommit commit = revisions.next(); commit != null; commit = revisions.next()) {
        walk.reach(commit, Constants.OBJ_COMMIT);
        walk.trees(commit.getTree(), reader);
      }
    }
    return walk;
  }

  private void start(@Nullable ObjectId id, RevWalk revisions, ObjectReader reader)
      throws IOException {
    if (id == null) {
      return;
    }
    RevObject object = revisions.parseAny(id);
    while (object instanceof RevTag tag) {
      reach(tag, Constants.OBJ_TAG);
      object = revisions.parseAny(tag.getObject());
    }
    if (object instanceof RevCommit commit) {
      revisions.markStart(commit);
    } else if (object.getType() == Constants.OBJ_TREE) {
      trees(object, reader);
    } else {
      reach(object, Constants.OBJ_BLOB);
    }
  }

  private boolean reach(AnyObjectId id, int kind) {
    if (reached.contains(id)) {
      return false;
    }
    reached.add(new Reached(id, kind));
    counts[kind]++;
    return true;
  }

  private void trees(AnyObjectId top, ObjectReader reader) throws IOException {
    Deque<ObjectId> waiting = new ArrayDeque<>();
    if (reach(top, Constants.OBJ_TREE)) {
      waiting.push(top.copy());
    }
    while (!waiting.isEmpty()) {
      Tour.checkInterrupted();
      CanonicalTreeParser entries = new CanonicalTreeParser(null, reader, waiting.pop());
      for (; !entries.eof(); entries.next()) {
        int mode = entries.getEntryRawMode();
        ObjectId id = entries.getEntryObjectId();
        if (FileMode.TREE.equals(mode)) {
          if (reach(id, Constants.OBJ_TREE)) {
            waiting.push(id);
          }
        } else if (!FileMode.GITLINK.equals(mode)) {
          reach(id, Constants.OBJ_BLOB);
        }
      }
    }
  }

  /**
   * How many things HEAD's commit descends from: by what commits and trees say, whether the
   * repository is shallow or not. What is named but not reached, a submodule's commit or what a
   * shallow clone left out, counts once and leads nowhere.
   */
  long lineageOfHead(Path folder) throws IOException {
    Set<ObjectId> seen = new HashSet<>();
    Set<ObjectId> elsewhere = new HashSet<>();
    Deque<ObjectId> waiting = new ArrayDeque<>();
    if (head != null) {
      waiting.push(head);
    }
    try (Repository repository = open(folder);
        ObjectReader reader = repository.newObjectReader()) {
      while (!waiting.isEmpty()) {
        Tour.checkInterrupted();
        ObjectId id = waiting.pop();
        Reached object = reached.get(id);
        if (object == null) {
          elsewhere.add(id);
        } else if (seen.add(id) && object.kind == Constants.OBJ_COMMIT) {
          RevCommit commit = RevCommit.parse(reader.open(id).getBytes());
          waiting.push(commit.getTree().copy());
          for (RevCommit parent : commit.getParents()) {
            waiting.push(parent.copy());
          }
        } else if (object.kind == Constants.OBJ_TREE) {
          entries(id, reader, waiting, elsewhere);
        }
      }
    }
    return (long) seen.size() + elsewhere.size();
  }

  private static void entries(
      ObjectId tree, ObjectReader reader, Deque<ObjectId> waiting, Set<ObjectId> elsewhere)
      throws IOException {
    CanonicalTreeParser entries = new CanonicalTreeParser(null, reader, tree);
    for (; !entries.eof(); entries.next()) {
      boolean here = !FileMode.GITLINK.equals(entries.getEntryRawMode());
      (here ? waiting : elsewhere).add(entries.getEntryObjectId());
    }
  }

  /** How many objects of one of JGit's kinds. */
  long count(int kind) {
    return counts[kind];
  }

  long size() {
    return reached.size();
  }

  /** The commit that HEAD names; null if there is none. */
  @Nullable ObjectId head() {
    return head;
  }

  /** Ticks an object off; true the first time, if it is reached and of this kind. */
  boolean tick(ObjectId id, int kind) {
    Reached entry = reached.get(id);
    if (entry == null || entry.kind != kind || entry.found) {
      return false;
    }
    entry.found = true;
    return true;
  }
}
