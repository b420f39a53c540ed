package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.StateTreeView;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.reconcile.ReconcileMessage.StateAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.StateNodeName;
import dev.cairn.federation.reconcile.ReconcileMessage.StateTell;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first keys in which another node's live state differs from ours under the same cut, by
 * descending both trees where their hashes differ.
 *
 * <p>What the other side tells is the content that each hash is made of, so it is bound to the root
 * that it stated: it can hide nothing and invent nothing on the way. Each question asks for at most
 * {@value #NODES_AT_ONCE} nodes of 3,553 bytes at most; for a few keys of a million that is 5
 * questions and some 10 kB.
 */
public final class StateInquiry implements Inquiry {
  static final int NODES_AT_ONCE = 16;

  private static final int CHILDREN = 16;
  private static final int BUCKET_ENTRIES_MAX = 32;
  private static final int FORK_HEAD_BYTES = 3;

  private final StateTreeView mine;
  private final List<CursorEntry> cut;
  private final int limit;
  private boolean rootsDiffer;

  /** Nodes to look at, in the order of paths. */
  private final ArrayDeque<Due> due = new ArrayDeque<>();

  private final List<Due> asked = new ArrayList<>();
  private final TreeMap<Bytes, StateDifference> found = new TreeMap<>();

  /**
   * @param expected the hash that the other side stated for it; null for a root that it did not
   *     state yet
   */
  private record Due(Bytes path, int depth, @Nullable Bytes expected) {}

  /**
   * An inquiry about a root that the other side stated.
   *
   * @param mine our tree under the cut
   * @param limit differences wanted, the first ones in the order of keys' digests
   */
  public StateInquiry(StateTreeView mine, Cut cut, Bytes theirRoot, int limit) {
    this(mine, cut, limit, theirRoot);
  }

  /** An inquiry about whatever root the other side has under the cut. */
  public StateInquiry(StateTreeView mine, Cut cut, int limit) {
    this(mine, cut, limit, null);
  }

  private StateInquiry(StateTreeView mine, Cut cut, int limit, @Nullable Bytes theirRoot) {
    if (limit < 1) {
      throw new IllegalArgumentException(limit + " differences");
    }
    this.mine = mine;
    this.limit = limit;
    List<CursorEntry> entries = new ArrayList<>();
    cut.logseqs().forEach((origin, logseq) -> entries.add(new CursorEntry(origin, 1, logseq)));
    this.cut = List.copyOf(entries);
    if (theirRoot == null || !theirRoot.equals(mine.root())) {
      due.add(new Due(Bytes.EMPTY, 0, theirRoot));
    }
  }

  /** The first differences, in the order of keys' digests; complete when there is no question. */
  public List<StateDifference> differences() {
    return found.values().stream().limit(limit).toList();
  }

  /** True if the other side's root was seen to be another one. */
  public boolean rootsDiffer() {
    return rootsDiffer;
  }

  @Override
  public @Nullable ReconcileMessage next() {
    if (asked.isEmpty()) {
      if (isEnough()) {
        due.clear();
      }
      while (!due.isEmpty() && asked.size() < NODES_AT_ONCE) {
        asked.add(due.remove());
      }
    }
    if (asked.isEmpty()) {
      return null;
    }
    return new StateAsk(
        cut, asked.stream().map(node -> new StateNodeName(node.depth, node.path)).toList());
  }

  /** True if nothing that is still to be looked at can come before what was found. */
  private boolean isEnough() {
    Due first = due.peek();
    if (first == null || found.size() < limit) {
      return false;
    }
    Bytes last = found.keySet().stream().skip(limit - 1L).findFirst().orElseThrow();
    return last.compareTo(first.path) < 0;
  }

  @Override
  public void accept(ReconcileMessage answer) {
    if (!(answer instanceof StateTell tell) || tell.contents().size() != asked.size()) {
      throw new MalformedException("state: no answer to what was asked");
    }
    List<Due> below = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      look(asked.get(i), tell.contents().get(i), below);
    }
    asked.clear();
    for (int i = below.size() - 1; i >= 0; i--) {
      due.addFirst(below.get(i));
    }
  }

  private void look(Due node, Bytes content, List<Due> below) {
    Bytes hash = HashAlgorithm.SHA_256.hash(content);
    if (content.isEmpty() || (node.expected != null && !hash.equals(node.expected))) {
      throw malformed(node, "its content does not have the hash that was stated");
    }
    if (node.depth == 0 && hash.equals(mine.root())) {
      return;
    }
    rootsDiffer = true;
    if (content.at(0) == 0) {
      bucket(node, content.slice(1));
    } else if (content.at(0) == 1) {
      fork(node, content, below);
    } else {
      throw malformed(node, "neither a bucket nor an inner node");
    }
  }

  private void fork(Due node, Bytes content, List<Due> below) {
    int mask = content.length() < FORK_HEAD_BYTES ? 0 : content.at(1) << 8 | content.at(2);
    int hashes = Integer.bitCount(mask);
    if (hashes == 0
        || content.length() != FORK_HEAD_BYTES + hashes * HashAlgorithm.DIGEST_BYTES
        || node.depth + 1 >= StateTreeView.DEPTH_MAX) {
      throw malformed(node, "an inner node of " + content.length() + " bytes");
    }
    int at = FORK_HEAD_BYTES;
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      Bytes path = child(node.path, node.depth, nibble);
      Bytes ours = mine.hash(path, node.depth + 1);
      if ((mask & 1 << (CHILDREN - 1 - nibble)) != 0) {
        Bytes theirs = content.slice(at, at + HashAlgorithm.DIGEST_BYTES);
        at += HashAlgorithm.DIGEST_BYTES;
        if (ours == null || !theirs.equals(ours)) {
          below.add(new Due(path, node.depth + 1, theirs));
        }
      } else if (ours != null) {
        for (Bytes entry : mine.entries(path, node.depth + 1, limit)) {
          differ(entry, null);
        }
      }
    }
  }

  private void bucket(Due node, Bytes content) {
    int count = content.length() / StateDifference.ENTRY_BYTES;
    boolean empty = count == 0 && node.depth > 0;
    if (empty
        || count > BUCKET_ENTRIES_MAX
        || count * StateDifference.ENTRY_BYTES != content.length()) {
      throw malformed(node, "a bucket of " + content.length() + " bytes");
    }
    TreeMap<Bytes, Bytes> theirs = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      int from = i * StateDifference.ENTRY_BYTES;
      Bytes entry = content.slice(from, from + StateDifference.ENTRY_BYTES);
      Bytes path = path(entry);
      if (!firstNibbles(path, node.depth).equals(node.path)
          || (!theirs.isEmpty() && theirs.lastKey().compareTo(path) >= 0)) {
        throw malformed(node, "an entry that is not below it, or out of order");
      }
      theirs.put(path, entry);
    }
    int most = limit + BUCKET_ENTRIES_MAX + 1;
    List<Bytes> ours = mine.entries(node.path, node.depth, most);
    for (Bytes entry : ours) {
      Bytes other = theirs.remove(path(entry));
      if (other == null || !entry.equals(other)) {
        differ(entry, other);
      }
    }
    // If there are more of ours, those of theirs behind the last one looked at stay open: enough
    // come before them.
    Bytes end = ours.size() < most ? null : path(ours.get(most - 1));
    theirs.forEach(
        (path, entry) -> {
          if (end == null || path.compareTo(end) < 0) {
            differ(null, entry);
          }
        });
  }

  private void differ(@Nullable Bytes ours, @Nullable Bytes theirs) {
    Bytes some = ours != null ? ours : theirs;
    if (some == null) {
      throw new AssertionError("a difference of nothing");
    }
    found.put(
        path(some),
        new StateDifference(
            StateDifference.key(path(some)),
            Optional.ofNullable(ours).map(StateDifference::entry),
            Optional.ofNullable(theirs).map(StateDifference::entry)));
  }

  private static Bytes path(Bytes entry) {
    return entry.slice(0, StateDifference.PATH_BYTES);
  }

  private static Bytes firstNibbles(Bytes path, int depth) {
    byte[] first = path.slice(0, (depth + 1) / 2).toArray();
    if ((depth & 1) == 1) {
      first[first.length - 1] &= (byte) 0xf0;
    }
    return Bytes.wrap(first);
  }

  private static Bytes child(Bytes path, int depth, int nibble) {
    byte[] out = new byte[(depth >>> 1) + 1];
    path.copyTo(out, 0);
    out[depth >>> 1] |= (byte) ((depth & 1) == 0 ? nibble << 4 : nibble);
    return Bytes.wrap(out);
  }

  private static MalformedException malformed(Due node, String what) {
    return new MalformedException(
        "state node " + node.path.toHex() + " at depth " + node.depth + ": " + what);
  }
}
