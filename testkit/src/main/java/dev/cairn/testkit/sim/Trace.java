package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What happened, line by line: counted, hashed, and the last lines kept. Two runs of one seed have
 * one digest.
 */
final class Trace {
  private static final int LINES_KEPT = 60;

  private final Schedule schedule;
  private final Consumer<String> listener;
  private final Hasher hasher = HashAlgorithm.SHA_256.newHasher();
  private final Map<SimEvent, Long> counts = new EnumMap<>(SimEvent.class);
  private final ArrayDeque<String> tail = new ArrayDeque<>();

  Trace(Schedule schedule, Consumer<String> listener) {
    this.schedule = schedule;
    this.listener = listener;
  }

  void note(SimEvent event, String detail) {
    count(event);
    line(event + " " + detail);
  }

  /** Counts what another line already tells. */
  void count(SimEvent event) {
    counts.merge(event, 1L, Long::sum);
  }

  void line(String text) {
    String line = schedule.nowMillis() + " " + text;
    hasher.update(Bytes.utf8(line + "\n"));
    listener.accept(line);
    tail.add(line);
    if (tail.size() > LINES_KEPT) {
      tail.remove();
    }
  }

  Map<SimEvent, Long> counts() {
    return counts;
  }

  List<String> tail() {
    return List.copyOf(tail);
  }

  Bytes digest() {
    return hasher.fork().digest();
  }
}
