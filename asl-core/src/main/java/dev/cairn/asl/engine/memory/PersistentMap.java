package dev.cairn.asl.engine.memory;

import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map: a change makes a new map that shares all but a path of the old one.
 *
 * <p>So a snapshot is a reference, a change costs O(log n), and a scan costs O(log n) plus its
 * rows. It is the AVL tree of Adelson-Velsky and Landis (1962) with path copying (Driscoll, Sarnak,
 * Sleator, Tarjan 1989). Safe for any thread; its iterators have one owner.
 */
final class PersistentMap<K extends Comparable<K>, V> {
  private final @Nullable Node<K, V> root;

  private PersistentMap(@Nullable Node<K, V> root) {
    this.root = root;
  }

  /** A map without entries. */
  static <K extends Comparable<K>, V> PersistentMap<K, V> empty() {
    return new PersistentMap<>(null);
  }

  /** The value of {@code key}, or null. */
  @Nullable V get(K key) {
    Node<K, V> node = root;
    while (node != null) {
      int order = key.compareTo(node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  /** This map with {@code key} mapped to {@code value}. */
  PersistentMap<K, V> with(K key, V value) {
    return new PersistentMap<>(put(root, key, value));
  }

  /** This map without {@code key}; itself if the key is not there. */
  PersistentMap<K, V> without(K key) {
    return get(key) == null ? this : new PersistentMap<>(remove(root, key));
  }

  /**
   * The entry with the greatest key below {@code to}, or the last one if {@code to} is null; null
   * if there is none.
   */
  @Nullable Node<K, V> lastBelow(@Nullable K to) {
    Node<K, V> node = root;
    Node<K, V> best = null;
    while (node != null) {
      if (to == null || node.key.compareTo(to) < 0) {
        best = node;
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return best;
  }

  /** Entries from {@code from} on, or all if it is null, ascending. */
  Ascent<K, V> ascend(@Nullable K from) {
    return new Ascent<>(root, from);
  }

  /** Entries on the longest path down. */
  int depth() {
    return height(root);
  }

  private static <K extends Comparable<K>, V> Node<K, V> put(
      @Nullable Node<K, V> node, K key, V value) {
    if (node == null) {
      return new Node<>(key, value, null, null);
    }
    int order = key.compareTo(node.key);
    if (order == 0) {
      return new Node<>(key, value, node.left, node.right);
    }
    return order < 0
        ? balanced(node, put(node.left, key, value), node.right)
        : balanced(node, node.left, put(node.right, key, value));
  }

  private static <K extends Comparable<K>, V> @Nullable Node<K, V> remove(
      @Nullable Node<K, V> node, K key) {
    if (node == null) {
      return null;
    }
    int order = key.compareTo(node.key);
    if (order < 0) {
      return balanced(node, remove(node.left, key), node.right);
    }
    if (order > 0) {
      return balanced(node, node.left, remove(node.right, key));
    }
    if (node.left == null) {
      return node.right;
    }
    if (node.right == null) {
      return node.left;
    }
    Node<K, V> next = node.right;
    while (next.left != null) {
      next = next.left;
    }
    return balanced(next, node.left, remove(node.right, next.key));
  }

  /**
   * The entry of {@code entry} above two trees whose heights differ by at most 2, balanced to at
   * most 1.
   */
  private static <K, V> Node<K, V> balanced(
      Node<K, V> entry, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
    int tilt = height(left) - height(right);
    if (tilt > 1 && left != null) {
      Node<K, V> inner = left.right;
      if (inner != null && height(inner) > height(left.left)) {
        return inner.over(left.over(left.left, inner.left), entry.over(inner.right, right));
      }
      return left.over(left.left, entry.over(inner, right));
    }
    if (tilt < -1 && right != null) {
      Node<K, V> inner = right.left;
      if (inner != null && height(inner) > height(right.right)) {
        return inner.over(entry.over(left, inner.left), right.over(inner.right, right.right));
      }
      return right.over(entry.over(left, inner), right.right);
    }
    return entry.over(left, right);
  }

  private static int height(@Nullable Node<?, ?> node) {
    return node == null ? 0 : node.height;
  }

  /** An entry, and the tree below it. Immutable. */
  static final class Node<K, V> {
    final K key;
    final V value;
    private final @Nullable Node<K, V> left;
    private final @Nullable Node<K, V> right;
    private final int height;

    private Node(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
      this.key = key;
      this.value = value;
      this.left = left;
      this.right = right;
      this.height = 1 + Math.max(height(left), height(right));
    }

    private Node<K, V> over(@Nullable Node<K, V> newLeft, @Nullable Node<K, V> newRight) {
      return new Node<>(key, value, newLeft, newRight);
    }
  }

  /** Walks a map upwards. One owner. */
  static final class Ascent<K extends Comparable<K>, V> {
    /**
     * Entries still to come, the next one last; each stands for itself and its right tree. They
     * stand on one path down, so there is room for all.
     */
    private final @Nullable Node<K, V>[] pending;

    private int count;

    // A generic array cannot be made; this one holds nodes of this map only and is shown to nobody.
    @SuppressWarnings({"unchecked", "rawtypes"})
    private Ascent(@Nullable Node<K, V> root, @Nullable K from) {
      pending = (Node<K, V>[]) new Node[height(root)];
      Node<K, V> node = root;
      while (node != null) {
        if (from == null || node.key.compareTo(from) >= 0) {
          pending[count++] = node;
          node = node.left;
        } else {
          node = node.right;
        }
      }
    }

    /** The next entry, or null at the end. */
    @Nullable Node<K, V> next() {
      Node<K, V> entry = count == 0 ? null : pending[--count];
      if (entry == null) {
        return null;
      }
      for (Node<K, V> node = entry.right; node != null; node = node.left) {
        pending[count++] = node;
      }
      return entry;
    }
  }
}
