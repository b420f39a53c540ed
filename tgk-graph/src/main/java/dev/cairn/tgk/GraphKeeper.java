package dev.cairn.tgk;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.Workers;
import dev.cairn.tgk.segment.Gathering;
import dev.cairn.tgk.segment.SegmentFiles;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Keeps a graph quick beside those who ask it, piece by piece: whoever has time calls {@link
 * #step}. Never needed, and changes no answer.
 *
 * <p>In order of need:
 *
 * <ul>
 *   <li>A snapshot whose segment is damaged is sealed again, and one that much has come before
 *       since the last that was sealed is sealed, from the nearest segment and what lies between.
 *   <li>What was sealed, here or elsewhere, is taken up by the questions of the present.
 *   <li>What lies between a segment and the present is followed before somebody asks, and merged
 *       into a segment in memory once it is much.
 *   <li>If there is no segment and walks over rows have cost something, one is gathered.
 * </ul>
 *
 * <p>A step reads at most {@link #STEP_RECORDS} records or as many rows as a {@link Sealing} step,
 * or writes one segment; between two steps nothing is held but memory. One owner at a time, beside
 * any number of threads that ask; must be closed before the store. A step that fails because of the
 * store or a disk says so in the log, and what it tried is not tried again before there is another
 * snapshot or file.
 */
public final class GraphKeeper implements AutoCloseable {
  /** Records that a step follows at most. */
  static final long STEP_RECORDS = 4_096;

  /** A snapshot of fewer records is not sealed unless somebody asks. */
  static final long SEAL_RECORDS_MIN = 4_096;

  /** Snapshots that could not be sealed are remembered up to so many. */
  private static final int GIVEN_UP_MAX = 1_024;

  /** A segment in memory is made before a question has to: at this part of what makes one do so. */
  private static final int WORN_PART = 2;

  private final GraphSource source;
  private final GraphImages images;
  private final @Nullable SegmentFiles files;
  private final long stepRecords;
  private final long sealRecordsMin;
  private final Set<ArtifactKey> givenUp = new HashSet<>();

  // What is under way: at most one of these.
  private @Nullable Sealing sealing;
  private @Nullable Gathering gathering;
  private @Nullable ImageChain fresh;

  /** The horizon of what is gathered. */
  private Horizon gathered = Horizon.NOTHING;

  /** The sealed snapshot that {@link #fresh} begins at; null for a segment in memory. */
  private @Nullable ArtifactKey freshBegin;

  private @Nullable ArtifactKey sealed;
  private boolean closed;

  GraphKeeper(
      GraphSource source,
      GraphImages images,
      @Nullable SegmentFiles files,
      long stepRecords,
      long sealRecordsMin) {
    this.stepRecords = stepRecords;
    this.sealRecordsMin = sealRecordsMin;
    this.source = source;
    this.images = images;
    this.files = files;
  }

  /** Does a piece of what is to be done; false if there is nothing to do now. */
  public boolean step() {
    if (closed) {
      throw new IllegalStateException("the keeper is closed");
    }
    try {
      return sealing != null
          ? seal(sealing)
          : gathering != null ? gather(gathering) : fresh != null ? approach(fresh) : choose();
    } catch (DamagedException e) {
      LoggerFactory.getLogger(GraphKeeper.class)
          .warn("a graph segment is given up, and will be made again", e);
      abandon();
      images.distrust();
      return true;
    } catch (CairnException | UncheckedIOException e) {
      LoggerFactory.getLogger(GraphKeeper.class).warn("the graph could not be kept quick", e);
      if (sealing != null && sealed != null && givenUp.size() < GIVEN_UP_MAX) {
        givenUp.add(sealed);
      }
      abandon();
      return false;
    }
  }

  private boolean choose() {
    SealedSegments segments = images.sealed();
    Snapshot due = segments == null ? null : segments.due(sealRecordsMin, givenUp::contains);
    if (due != null && files != null) {
      sealed = due.key();
      sealing = new Sealing(source, images, files, due, Workers.caller());
      return true;
    }
    GraphImages.Following following = images.following();
    Horizon horizon = source.horizon();
    if (following != null && isGone(following, segments)) {
      images.distrust();
      return true;
    }
    if (segments != null && takeUp(segments, following, horizon)) {
      return true;
    }
    if (following == null) {
      return beginGathering(horizon);
    }
    if (following.isWorn(WORN_PART) && following.isSmall()) {
      return merge(following);
    }
    if (following.horizon().distance(horizon) > 0) {
      images.advance(stepRecords);
      return true;
    }
    return false;
  }

  /** True if somebody wrote over the file that questions of the present run on. */
  private static boolean isGone(
      GraphImages.Following following, @Nullable SealedSegments segments) {
    ArtifactKey begin = following.begin();
    return begin != null && segments != null && segments.isOther(begin, following.segment());
  }

  private boolean takeUp(
      SealedSegments segments, GraphImages.@Nullable Following following, Horizon horizon) {
    SealedSegments.Sealed nearest = segments.nearest(horizon, GraphImages.CHANGES_MAX);
    if (nearest == null || (following != null && nearest.snapshot().equals(following.begin()))) {
      return false;
    }
    long distance = nearest.horizon().distance(horizon);
    boolean better =
        following == null
            || distance < following.slots()
            || (following.begin() == null && distance <= stepRecords);
    if (better) {
      fresh = new ImageChain(source, nearest.segment(), nearest.horizon());
      freshBegin = nearest.snapshot();
    }
    return better;
  }

  private boolean merge(GraphImages.Following following) {
    GraphImage image = following.image();
    if (image == null) {
      images.advance(stepRecords);
      return true;
    }
    fresh = images.inMemory(ImageEdges.of(image), image.horizon());
    freshBegin = null;
    return fresh != null;
  }

  private boolean beginGathering(Horizon horizon) {
    if (!images.isAsked() || !images.mayGather(horizon)) {
      return false;
    }
    gathered = horizon;
    gathering = GraphImages.gathering(source, horizon, Workers.caller());
    images.keeperGathers(true);
    return true;
  }

  private boolean gather(Gathering under) {
    boolean more = under.step();
    if (more && !under.isBeyond(GraphImages.MEMORY_EDGES_MAX)) {
      return true;
    }
    ImageChain chain = more ? null : images.inMemory(under.result(), gathered);
    if (more) {
      images.gaveUp(gathered);
    }
    abandon();
    fresh = chain;
    freshBegin = null;
    return true;
  }

  /** Follows the log in pieces, then hands over. */
  private boolean approach(ImageChain chain) {
    Horizon present = source.horizon();
    if (chain.horizon().distance(present) > stepRecords) {
      GraphImage unused = chain.advance(chain.horizon().toward(present, stepRecords, source), -1);
      return true;
    }
    ArtifactKey begin = freshBegin;
    abandon();
    images.follow(chain, begin);
    return true;
  }

  private boolean seal(Sealing under) {
    if (!under.step()) {
      abandon();
    }
    return true;
  }

  /** Drops what is under way. */
  private void abandon() {
    if (sealing != null) {
      sealing.close();
    }
    if (gathering != null) {
      gathering.close();
      images.keeperGathers(false);
    }
    sealing = null;
    sealed = null;
    gathering = null;
    fresh = null;
    freshBegin = null;
  }

  @Override
  public void close() {
    closed = true;
    abandon();
  }
}
