package dev.cairn.federation.access;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What each node has cost this one in the hour that runs, over all of its conversations, and
 * whether that is still within its {@link Quota}. A node's hour begins with its first frame behind
 * the last hour.
 *
 * <p>Remembers at most {@link #NODES_MAX} nodes: of those without a conversation the one whose hour
 * began first makes room, and if all have one the next node is refused. Times are of any monotonic
 * clock, one for all. Safe for any thread.
 */
public final class QuotaLedger {
  /** Most nodes whose use is remembered. */
  public static final int NODES_MAX = 4_096;

  private final Function<NodeId, Quota> quotas;
  private final TreeMap<NodeId, Use> uses = new TreeMap<>();

  /** What a node has used. Under the ledger's lock. */
  private static final class Use {
    private int open;
    private long sinceMillis;
    private long frames;
    private long bytes;

    Use(long nowMillis) {
      this.sinceMillis = nowMillis;
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
    synchronized (uses) {
      Use use = uses.get(node);
      if (use == null) {
        makeRoom();
        use = new Use(nowMillis);
        uses.put(node, use);
      }
      int most = quotas.apply(node).conversations();
      if (use.open >= most) {
        throw new RefusedException(
            "quota of node " + node + ": " + most + " conversations are open already");
      }
      use.open++;
      return new Meter(node, use, nowMillis);
    }
  }

  private void makeRoom() {
    if (uses.size() >= NODES_MAX) {
      NodeId oldest =
          uses.entrySet().stream()
              .filter(entry -> entry.getValue().open == 0)
              .min(Comparator.comparingLong(entry -> entry.getValue().sinceMillis))
              .map(Map.Entry::getKey)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "quotas: conversations with " + NODES_MAX + " nodes are open already"));
      uses.remove(oldest);
    }
  }

  /** The use of one conversation. One owner. */
  public final class Meter implements AutoCloseable {
    private final NodeId node;
    private final Use use;
    private final long openedMillis;
    private long framesSeen;
    private long bytesSeen;
    private boolean closed;

    Meter(NodeId node, Use use, long openedMillis) {
      this.node = node;
      this.use = use;
      this.openedMillis = openedMillis;
    }

    /**
     * Adds what the conversation has cost since the last look.
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
          ? over(quota.seconds() + " seconds a conversation")
          : null;
    }

    private String over(String bound) {
      return "quota of node " + node + ": more than " + bound;
    }

    @Override
    public void close() {
      synchronized (uses) {
        use.open -= closed ? 0 : 1;
        closed = true;
      }
    }
  }
}
