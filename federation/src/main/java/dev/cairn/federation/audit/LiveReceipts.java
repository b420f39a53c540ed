package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.IdCursor;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.View;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The live receipts of a view in the order of their digests and then of their hash ids, a page of
 * {@value #PAGE} in memory: whatever later records state of them, as they are {@link View#known}.
 * One owner.
 *
 * <p>All of them take one pass over the live rows, and one over the rows of records that these do
 * not show, of which there is one for each record of an id but the latest put and tombstone.
 */
final class LiveReceipts implements Iterator<ArtifactKey> {
  private static final int PAGE = 4_096;

  private static final int HASH_ID_BYTES = ArtifactKey.BYTES - HashAlgorithm.DIGEST_BYTES;

  /** Makes the end of a range its beginning. */
  private static final Bytes BEHIND = Bytes.wrap(new byte[1]);

  private final View view;
  private final int pageMax;
  private final Deque<ArtifactKey> page = new ArrayDeque<>();
  private Bytes from = Bytes.EMPTY;
  private boolean ended;

  LiveReceipts(View view) {
    this(view, PAGE);
  }

  /** The same with so many in memory. */
  LiveReceipts(View view, int pageMax) {
    this.view = view;
    this.pageMax = pageMax;
  }

  @Override
  public boolean hasNext() {
    if (page.isEmpty() && !ended) {
      read();
    }
    return !page.isEmpty();
  }

  private void read() {
    try (IdCursor ids = view.ids(from, Bytes.EMPTY)) {
      while (page.size() < pageMax) {
        if (!ids.next()) {
          ended = true;
          return;
        }
        Optional<LiveEntry> known = ids.known();
        if (known.isPresent() && known.get().kind() == RecordKind.PER) {
          page.add(ids.key());
        }
      }
    }
    ArtifactKey last = page.getLast();
    from = Bytes.concat(last.digest(), last.bytes().slice(0, HASH_ID_BYTES), BEHIND);
  }

  @Override
  public ArtifactKey next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return page.remove();
  }
}
