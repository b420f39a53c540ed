package dev.cairn.cli.demo;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.git.GitImporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.jspecify.annotations.Nullable;

/** The whole history of a git repository goes into A, and every byte of it is git's. */
final class ImportHistory implements Step {
  private static final String PREFIX = "git/";
  private static final String REPOSITORY = "repository.git";
  private static final int BUFFER_BYTES = 64 << 10;

  private final byte[] buffer = new byte[BUFFER_BYTES];

  @Override
  public String name() {
    return "git";
  }

  @Override
  public String title() {
    return "A git history, whole, into A";
  }

  @Override
  public void run(Tour tour, Chapter chapter) throws IOException {
    Store store = tour.node("A").store();
    Path git = FrozenRepository.of(tour.options().git(), tour.file(REPOSITORY));
    tour.repository(git);
    long start = tour.ticker().nanos();
    GitImporter.Report report = importGit(tour, "git history");
    long nanos = tour.ticker().nanos() - start;
    GitWalk walk = GitWalk.of(git);
    tour.history(walk);
    LiveCounts live = store.liveCounts();
    chapter.say("from " + tour.options().git());
    chapter.say(
        String.format(
            Locale.ROOT,
            "%,d commits, %,d trees, %,d blobs, %,d tags, %,d edges; objects: %s",
            report.commits(),
            report.trees(),
            report.blobs(),
            report.tags(),
            report.edges(),
            Tour.rate(walk.size(), nanos)));
    chapter.say("state root of A: " + store.stateRoot().toHex());
    claimCounts(chapter, report, walk);
    chapter.claim("A keeps an edge for each tree, commit and tag", report.edges(), live.edges());
    chapter.claim(
        "every object's payload in A hashes to the id that git gives it",
        walk.size(),
        countVerified(tour, store, walk));
    long again = importGit(tour, "git history again").written();
    chapter.claim("importing it again writes no record", 0, again);
    chapter
        .facts()
        .add("commits", report.commits())
        .add("trees", report.trees())
        .add("blobs", report.blobs())
        .add("tags", report.tags())
        .add("edges", report.edges())
        .add("records", report.written())
        .add("objectsPerSecond", Tour.perSecond(walk.size(), nanos))
        .addSeconds("seconds", nanos)
        .add("stateRoot", store.stateRoot().toHex());
  }

  private static GitImporter.Report importGit(Tour tour, String task) throws IOException {
    return GitImporter.run(
        tour.repository(), tour.node("A").store(), total -> tour.console().progress(task, total));
  }

  private static void claimCounts(Chapter chapter, GitImporter.Report report, GitWalk walk) {
    chapter.claim(
        "it holds the commits that a plain walk of the repository finds",
        walk.count(Constants.OBJ_COMMIT),
        report.commits());
    chapter.claim(
        "it holds the trees that the walk finds", walk.count(Constants.OBJ_TREE), report.trees());
    chapter.claim(
        "it holds the blobs that the walk finds", walk.count(Constants.OBJ_BLOB), report.blobs());
    chapter.claim(
        "it holds the tags that the walk finds", walk.count(Constants.OBJ_TAG), report.tags());
  }

  /** Reads every git object back from the store and hashes it as git does. */
  private long countVerified(Tour tour, Store store, GitWalk walk) {
    long[] verified = new long[1];
    try (Progress shown = tour.console().progress("reading back", walk.size())) {
      store
          .now()
          .forEachLive(
              entry -> {
                Tour.checkInterrupted();
                int kind = kind(entry);
                if (kind >= 0) {
                  verified[0] += walk.tick(gitId(store, entry.artifact(), kind), kind) ? 1 : 0;
                  shown.step(1);
                }
              });
    }
    return verified[0];
  }

  private static int kind(LiveEntry entry) {
    @Nullable TypeTag tag = entry.artifact().tag();
    if (tag == null || !tag.text().startsWith(PREFIX)) {
      return -1;
    }
    return switch (tag.text().substring(PREFIX.length())) {
      case Constants.TYPE_COMMIT -> Constants.OBJ_COMMIT;
      case Constants.TYPE_TREE -> Constants.OBJ_TREE;
      case Constants.TYPE_BLOB -> Constants.OBJ_BLOB;
      case Constants.TYPE_TAG -> Constants.OBJ_TAG;
      default -> -1;
    };
  }

  private ObjectId gitId(Store store, ArtifactId artifact, int kind) {
    MessageDigest digest = sha1();
    String header = Constants.typeString(kind) + " " + artifact.payloadLength() + "\0";
    digest.update(header.getBytes(StandardCharsets.US_ASCII));
    if (artifact.payloadLength() <= Store.INLINE_BYTES_MAX) {
      store.payload(artifact.payloadDigest(), Store.INLINE_BYTES_MAX).updateInto(digest);
    } else {
      try (InputStream payload = store.openPayload(artifact.payloadDigest())) {
        for (int count = payload.read(buffer); count >= 0; count = payload.read(buffer)) {
          digest.update(buffer, 0, count);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return ObjectId.fromRaw(digest.digest());
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }
}
