package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * A simulation in which every oracle held.
 *
 * @param seed what it followed from
 * @param nodes how many there were
 * @param records in all logs together at the end
 * @param virtualMillis how long it took in its own time
 * @param events how often each kind of event happened
 * @param trace digest of everything that happened, in order
 * @param stateRoot on which all nodes agreed
 */
public record SimulationResult(
    long seed,
    int nodes,
    long records,
    long virtualMillis,
    Map<SimEvent, Long> events,
    Bytes trace,
    Bytes stateRoot) {
  public SimulationResult {
    EnumMap<SimEvent, Long> copy = new EnumMap<>(SimEvent.class);
    copy.putAll(events);
    events = Collections.unmodifiableMap(copy);
  }
}
