package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say to each other about logs held in part: the messages of {@code filter/1}. One side
 * states an interest; the other answers with fills of what is held in part already, then with the
 * stretches behind, then an end.
 */
public sealed interface FilterMessage extends PartMessage {
  /**
   * States what records its sender wants, and where its partial logs end.
   *
   * @param filter in the text form of filters
   * @param cursor in order of origins
   * @param removals whether its sender asks for removals of which the put became known to the
   *     receiver since it was told, and keeps how far it was told
   */
  record Interest(String filter, List<PartialCursor> cursor, boolean removals)
      implements FilterMessage {
    /** One of a node that keeps nothing of what it was told. */
    public Interest(String filter, List<PartialCursor> cursor) {
      this(filter, cursor, false);
    }

    public Interest {
      cursor = List.copyOf(cursor);
      require(!filter.isEmpty() && filter.length() <= ProtocolLimits.FILTER_CHARS_MAX, "filter");
      require(cursor.size() <= ProtocolLimits.ORIGINS_MAX, cursor.size() + " origins");
      for (int i = 1; i < cursor.size(); i++) {
        require(
            cursor.get(i - 1).origin().compareTo(cursor.get(i).origin()) < 0,
            "origins out of order");
      }
    }
  }

  /**
   * A log of which the sender holds something.
   *
   * @param origin whose
   * @param size records and holes
   * @param filter what it was held by; empty if it is held as a whole and nothing of it is wanted
   * @param told among the first so many records of each log the receiver has told of all removals
   */
  record PartialCursor(Origin origin, long size, String filter, long told) {
    /** A log of which nothing was told. */
    public PartialCursor(Origin origin, long size, String filter) {
      this(origin, size, filter, 0);
    }

    public PartialCursor {
      require(
          size >= 0 && told >= 0 && filter.length() <= ProtocolLimits.FILTER_CHARS_MAX, "cursor");
    }
  }

  /**
   * Records for holes.
   *
   * @param origin whose
   * @param fills by rising index; at most {@value ProtocolLimits#FILTERED_ITEMS_MAX}
   * @param last true if no more follow for this log, which is held by the new filter then
   */
  record Fills(Origin origin, List<Fill> fills, boolean last) implements FilterMessage {
    public Fills {
      fills = List.copyOf(fills);
      require(
          fills.size() <= ProtocolLimits.FILTERED_ITEMS_MAX && (last || !fills.isEmpty()),
          fills.size() + " fills");
      for (int i = 1; i < fills.size(); i++) {
        require(fills.get(i - 1).index() < fills.get(i).index(), "fills out of order");
      }
    }
  }

  /** A record at its index. */
  record Fill(long index, Bytes record) {
    public Fill {
      require(index >= 0, "a fill at " + index);
    }
  }

  /**
   * A run of a stretch.
   *
   * @param origin whose
   * @param key of its node
   * @param first index of the first item
   * @param items at least one, at most {@value ProtocolLimits#FILTERED_ITEMS_MAX}
   * @param note the checkpoint that ends the stretch; null if more of it follows
   */
  record PartialRun(
      Origin origin, PublicKey key, long first, List<PartialItem> items, @Nullable Bytes note)
      implements FilterMessage {
    public PartialRun {
      items = List.copyOf(items);
      require(
          first >= 0
              && !items.isEmpty()
              && items.size() <= ProtocolLimits.FILTERED_ITEMS_MAX
              && first <= Long.MAX_VALUE - items.size(),
          items.size() + " items");
      require(NodeId.of(key).equals(origin.node()), "the key is not that of " + origin);
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  /** A record, or the leaf hash of one: exactly one of the two. */
  record PartialItem(@Nullable Bytes leaf, @Nullable Bytes record) {
    public PartialItem {
      require((leaf == null) != (record == null), "an item that is not one of leaf and record");
    }
  }

  /**
   * All that was there has been sent.
   *
   * @param told up to where: among the first so many records of each log all removals were told. In
   *     order of origins; nothing if the interest did not ask
   */
  record FilteredEnd(List<ToldLog> told) implements FilterMessage {
    /** One that says nothing of removals. */
    public FilteredEnd() {
      this(List.of());
    }

    public FilteredEnd {
      told = List.copyOf(told);
      require(told.size() <= ProtocolLimits.ORIGINS_MAX, told.size() + " origins");
      for (int i = 1; i < told.size(); i++) {
        require(
            told.get(i - 1).origin().compareTo(told.get(i).origin()) < 0, "origins out of order");
      }
    }
  }

  /** So many records of a log, from its first. */
  record ToldLog(Origin origin, long size) {
    public ToldLog {
      require(size >= 0, "told " + size + " records");
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new MalformedException("filtered logs: " + what);
    }
  }
}
