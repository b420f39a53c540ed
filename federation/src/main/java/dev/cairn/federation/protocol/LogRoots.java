package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import java.util.List;

/**
 * What a node says in its hello so that forks are found: the root of every log that it holds, and
 * which logs are frozen there.
 *
 * @param roots in order of origins
 * @param frozen in order
 * @param proves whether it shows how its logs begin, if it is asked with {@link
 *     EvidenceMessage.PrefixWanted}
 */
public record LogRoots(List<Entry> roots, List<Origin> frozen, boolean proves)
    implements PartGreeting {
  /**
   * Bytes of a root that are told: as many as make it hopeless to sign two logs that share them.
   */
  public static final int TAG_BYTES = 16;

  /**
   * One log.
   *
   * @param origin whose
   * @param treeSize records held, from 1
   * @param tag the first {@value #TAG_BYTES} bytes of their Merkle root
   */
  public record Entry(Origin origin, long treeSize, Bytes tag) {
    public Entry {
      if (treeSize < 1 || tag.length() != TAG_BYTES) {
        throw new MalformedException(
            "log root: tree size " + treeSize + " or a tag of " + tag.length() + " bytes");
      }
    }

    static Entry of(LogHead head) {
      return new Entry(head.origin(), head.treeSize(), LogRoots.tag(head.root()));
    }
  }

  public LogRoots {
    roots = List.copyOf(roots);
    frozen = List.copyOf(frozen);
    checkOrder(roots.stream().map(Entry::origin).toList());
    checkOrder(frozen);
  }

  /** What a node says that shows nothing of how its logs begin. */
  public LogRoots(List<Entry> roots, List<Origin> frozen) {
    this(roots, frozen, false);
  }

  static Bytes tag(Bytes root) {
    return root.slice(0, TAG_BYTES);
  }

  private static void checkOrder(List<Origin> origins) {
    if (origins.size() > ProtocolLimits.ORIGINS_MAX) {
      throw new MalformedException("log roots: " + origins.size() + " origins");
    }
    for (int i = 1; i < origins.size(); i++) {
      if (origins.get(i - 1).compareTo(origins.get(i)) >= 0) {
        throw new MalformedException("log roots: origins out of order or twice");
      }
    }
  }
}
