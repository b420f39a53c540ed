package dev.cairn.bench.speed;

import dev.cairn.bench.speed.WriteTrace.Kind;
import dev.cairn.bench.speed.WriteTrace.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Makes fresh batches that look like those of a trace: per batch the same number of rows in the
 * same families and order, with keys and values of the same lengths.
 *
 * <p>Bytes that were the same in all rows of a kind stay as they were, so that the rows compress as
 * well as the store's; the others are random. Keys that only ever grew in the trace go on growing
 * by one; others are random, and sorted within a run of rows of one kind, as the store's are. A key
 * that every batch wrote again is written again. One owner.
 */
final class RowMaker {
  private final List<List<Op>> templates;
  private final Map<Kin, KeyShape> keys = new HashMap<>();
  private final Map<Kin, ValueShape> values = new HashMap<>();
  private final SplittableRandom random;
  private int next;

  /** Rows of one family that look alike; of keys, {@code valueLength} is -1. */
  private record Kin(Kind kind, String family, int keyLength, int valueLength) {
    static Kin ofKey(Op op) {
      return new Kin(op.kind(), op.family(), op.key().length, -1);
    }

    static Kin ofValue(Op op) {
      return new Kin(op.kind(), op.family(), op.key().length, op.value().length);
    }
  }

  /** Rows like those of {@code trace}, with chance from {@code random}. */
  RowMaker(WriteTrace trace, SplittableRandom random) {
    this.templates = trace.batches();
    this.random = random;
    for (List<Op> batch : templates) {
      for (Op op : batch) {
        keys.computeIfAbsent(Kin.ofKey(op), ignored -> new KeyShape(op.key())).see(op.key());
        values
            .computeIfAbsent(Kin.ofValue(op), ignored -> new ValueShape(op.value()))
            .see(op.value());
      }
    }
  }

  /** The next batch. */
  List<Op> batch() {
    List<Op> template = templates.get(next++ % templates.size());
    List<Op> made = new ArrayList<>(template.size());
    int from = 0;
    while (from < template.size()) {
      Kin kin = Kin.ofKey(template.get(from));
      int to = from + 1;
      while (to < template.size() && Kin.ofKey(template.get(to)).equals(kin)) {
        to++;
      }
      run(template.subList(from, to), made);
      from = to;
    }
    return made;
  }

  private void run(List<Op> templates, List<Op> made) {
    Op first = templates.get(0);
    KeyShape shape = shape(keys, Kin.ofKey(first));
    byte[][] fresh = new byte[templates.size()][];
    for (int i = 0; i < fresh.length; i++) {
      fresh[i] = shape.fresh(random);
    }
    if (!shape.grows()) {
      Arrays.sort(fresh, Arrays::compareUnsigned);
    }
    for (int i = 0; i < fresh.length; i++) {
      Op op = templates.get(i);
      byte[] value = shape(values, Kin.ofValue(op)).fresh(random);
      made.add(new Op(op.kind(), op.family(), fresh[i], value));
    }
  }

  private static <S> S shape(Map<Kin, S> shapes, Kin kin) {
    S shape = shapes.get(kin);
    if (shape == null) {
      throw new AssertionError("no shape of " + kin);
    }
    return shape;
  }

  /** Which bytes of values differ. */
  private static final class ValueShape {
    private final byte[] first;
    private final boolean[] differs;
    private boolean seenOne;

    ValueShape(byte[] first) {
      this.first = first;
      this.differs = new boolean[first.length];
    }

    void see(byte[] value) {
      seenOne = true;
      for (int i = 0; i < first.length; i++) {
        differs[i] |= value[i] != first[i];
      }
    }

    byte[] fresh(SplittableRandom random) {
      if (!seenOne) {
        throw new AssertionError("nothing seen");
      }
      byte[] made = new byte[first.length];
      random.nextBytes(made);
      for (int i = 0; i < made.length; i++) {
        if (!differs[i]) {
          made[i] = first[i];
        }
      }
      return made;
    }

    int lastDiffering() {
      for (int i = differs.length - 1; i >= 0; i--) {
        if (differs[i]) {
          return i;
        }
      }
      return -1;
    }
  }

  /** How keys look, and whether they only grow. */
  private static final class KeyShape {
    private final ValueShape bytes;
    private byte[] last;
    private boolean grows = true;
    private boolean seenOne;

    KeyShape(byte[] first) {
      this.bytes = new ValueShape(first);
      this.last = first;
    }

    void see(byte[] key) {
      bytes.see(key);
      if (seenOne && Arrays.compareUnsigned(key, last) <= 0) {
        grows = false;
      }
      seenOne = true;
      if (Arrays.compareUnsigned(key, last) > 0) {
        last = key;
      }
    }

    boolean grows() {
      return grows && bytes.lastDiffering() >= 0;
    }

    byte[] fresh(SplittableRandom random) {
      if (!grows()) {
        return bytes.fresh(random);
      }
      byte[] made = last.clone();
      int at = bytes.lastDiffering();
      while (++made[at] == 0) {
        at--;
      }
      last = made;
      return made;
    }
  }
}
