package dev.cairn.federation.access;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What each node has cost this one in the hour that runs, over all of its conversations and its
 * calls of the API, and whether that is still within its {@link Quota}. A node's hour begins with
 * its first frame behind the last hour.
 *
 * <p>Remembers at most {@link #NODES_MAX} nodes: of those with nothing open the one whose hour
 * began first makes room, and if all have something the next node is refused. Times are of any
 * monotonic clock, one for all. Safe for any thread.
 */
public final class QuotaLedger {
  /** Most nodes whose use is remembered. */
  public static final int NODES_MAX = 4_096;

  private final Function<NodeId, Quota> quotas;
  private final TreeMap<NodeId, Use> uses = new TreeMap<>();

  /** What a node may have open. */
  private enum Kind {
    CONVERSATION,
    CALL;

    String text() {
      return this == CALL ? "call" : "conversation";
    }

    int most(Quota quota) {
      return this == CALL ? quota.calls() : quota.conversations();
    }
  }

  /** What a node has used. Under the ledger's lock. */
  private static final class Use {
    private final EnumMap<Kind, Integer> open = new EnumMap<>(Kind.class);
    private long sinceMillis;
    private long frames;
    private long bytes;

    Use(long nowMillis) {
      this.sinceMillis = nowMillis;
    }

    boolean isIdle() {
      return open.isEmpty();
    }

    int open(Kind kind) {
      return open.getOrDefault(kind, 0);
    }

    void close(Kind kind) {
      open.computeIfPresent(kind, (same, count) -> count == 1 ? null : count - 1);
    }
  }

  /**
   * A ledger in which nobody has used anything.
   *
   * @param quotas what a node may cost; asked again at every look, so that a change counts at once
   */
  public QuotaLedger(Function<NodeId, Quota> quotas) {
    this.quotas = quotas;
  }

  /**
   * A conversation with a node begins.
   *
   * @return told what it costs, and closed at its end; for one thread
   * @throws RefusedException if the node has too many, or too many nodes have one
   */
  public Meter open(NodeId node, long nowMillis) {
    return open(Kind.CONVERSATION, node, nowMillis);
  }

  /** As {@link #open}, of a call of the API: its messages are frames. */
  public Meter openCall(NodeId node, long nowMillis) {
    return open(Kind.CALL, node, nowMillis);
  }

  private Meter open(Kind kind, NodeId node, long nowMillis) {
    synchronized (uses) {
      Use use = uses.get(node);
      if (use == null) {
        makeRoom();
        use = new Use(nowMillis);
        uses.put(node, use);
      }
      int most = kind.most(quotas.apply(node));
      if (use.open(kind) >= most) {
        throw new RefusedException(
            "quota of node " + node + ": " + most + " " + kind.text() + "s are open already");
      }
      use.open.merge(kind, 1, Integer::sum);
      return new Meter(kind, node, use, nowMillis);
    }
  }

  private void makeRoom() {
    if (uses.size() >= NODES_MAX) {
      NodeId oldest =
          uses.entrySet().stream()
              .filter(entry -> entry.getValue().isIdle())
              .min(Comparator.comparingLong(entry -> entry.getValue().sinceMillis))
              .map(Map.Entry::getKey)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "quotas: " + NODES_MAX + " nodes have something open already"));
      uses.remove(oldest);
    }
  }

  /** The use of one conversation or call. One owner at a time. */
  public final class Meter implements AutoCloseable {
    private final Kind kind;
    private final NodeId node;
    private final Use use;
    private final long openedMillis;
    private long framesSeen;
    private long bytesSeen;
    private boolean closed;

    private Meter(Kind kind, NodeId node, Use use, long openedMillis) {
      this.kind = kind;
      this.node = node;
      this.use = use;
      this.openedMillis = openedMillis;
    }

    /**
     * Adds what it has cost since the last look.
     *
     * @param frames that it has cost in all
     * @param bytes that they had
     * @return which quota is used up, in words; null if none is
     */
    public @Nullable String look(long frames, long bytes, long nowMillis) {
      Quota quota = quotas.apply(node);
      synchronized (uses) {
        if (nowMillis - use.sinceMillis >= Quota.WINDOW_MILLIS) {
          use.sinceMillis = nowMillis;
          use.frames = 0;
          use.bytes = 0;
        }
        use.frames += frames - framesSeen;
        use.bytes += bytes - bytesSeen;
        framesSeen = frames;
        bytesSeen = bytes;
        if (use.frames > quota.frames()) {
          return over(quota.frames() + " frames an hour");
        }
        if (use.bytes > quota.bytes()) {
          return over(quota.bytes() + " bytes an hour");
        }
      }
      return nowMillis - openedMillis > quota.seconds() * 1_000
          ? over(quota.seconds() + " seconds a " + kind.text())
          : null;
    }

    private String over(String bound) {
      return "quota of node " + node + ": more than " + bound;
    }

    @Override
    public void close() {
      synchronized (uses) {
        if (!closed) {
          closed = true;
          use.close(kind);
        }
      }
    }
  }
}
