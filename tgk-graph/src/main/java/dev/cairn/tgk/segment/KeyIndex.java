package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;

/**
 * Keys by number and numbers by key: open addressing over a {@link KeyList}, some 45 bytes a key.
 * One owner.
 */
public final class KeyIndex {
  private static final int SLOTS_MIN = 64;

  private final KeyList keys = new KeyList();
  private int[] slots = new int[SLOTS_MIN];

  /** An empty index. */
  public KeyIndex() {}

  /** How many there are. */
  public int size() {
    return keys.size();
  }

  /** The keys in order of numbers. */
  KeyList keys() {
    return keys;
  }

  /** Number of the key whose binary form begins at {@code from}, or -1. */
  public int find(Bytes bytes, int from) {
    int mask = slots.length - 1;
    int slot = hash(KeyList.tail(bytes, from)) & mask;
    while (slots[slot] != 0) {
      if (keys.equals(slots[slot] - 1, bytes, from)) {
        return slots[slot] - 1;
      }
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Number of a key, which becomes the next one if it is new. */
  public int add(Bytes key) {
    int known = find(key, 0);
    if (known >= 0) {
      return known;
    }
    if (2 * (keys.size() + 1) > slots.length) {
      grow();
    }
    keys.add(key);
    insert(keys.size() - 1);
    return keys.size() - 1;
  }

  private void grow() {
    if (slots.length > Integer.MAX_VALUE / 4) {
      throw new OutOfMemoryError("an index of " + keys.size() + " keys");
    }
    slots = new int[2 * slots.length];
    for (int i = 0; i < keys.size(); i++) {
      insert(i);
    }
  }

  private void insert(int number) {
    int mask = slots.length - 1;
    int slot = hash(keys.tail(number)) & mask;
    while (slots[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    slots[slot] = number + 1;
  }

  /** Digests are uniform, but anyone may choose which: mixed, they still spread. */
  private static int hash(long tail) {
    return (int) ((tail * 0x9e3779b97f4a7c15L) >>> 32);
  }
}
