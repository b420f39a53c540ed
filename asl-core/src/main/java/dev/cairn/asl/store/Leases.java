package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The leases of a store, durable. Changed under the sequencer's lock, read by any thread.
 *
 * <pre>
 *   asl.lease    name -> [1, expires millis, [key, ...]] in deterministic CBOR, keys in order
 * </pre>
 */
final class Leases {
  /** Most leases at once; those that have ended do not count. */
  static final int LEASES_MAX = 1024;

  private static final int VERSION = 1;
  private static final int FIELDS = 3;

  private final StorageEngine engine;
  private final Map<String, Lease> leases = new ConcurrentSkipListMap<>();

  Leases(StorageEngine engine) {
    this.engine = engine;
    try (RowCursor rows = engine.scan(StoreTables.LEASE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        Lease lease = read(rows.key(), rows.value());
        leases.put(lease.name(), lease);
      }
    }
  }

  /** Grants a lease, or renews the one of that name; those that have ended go. */
  void grant(Lease lease, long nowMillis) {
    List<RowChange> changes = new ArrayList<>();
    List<String> ended = new ArrayList<>();
    for (Lease other : leases.values()) {
      if (other.expiresMillis() <= nowMillis && !other.name().equals(lease.name())) {
        changes.add(RowChange.delete(StoreTables.LEASE, Bytes.utf8(other.name())));
        ended.add(other.name());
      }
    }
    if (!leases.containsKey(lease.name()) && leases.size() - ended.size() >= LEASES_MAX) {
      throw new RefusedException("more than " + LEASES_MAX + " leases: end one");
    }
    changes.add(RowChange.put(StoreTables.LEASE, Bytes.utf8(lease.name()), encode(lease)));
    engine.write(changes, Durability.SYNCED);
    ended.forEach(leases::remove);
    leases.put(lease.name(), lease);
  }

  /** Ends a lease; nothing happens if there is none. */
  void end(String name) {
    engine.write(List.of(RowChange.delete(StoreTables.LEASE, Bytes.utf8(name))), Durability.SYNCED);
    leases.remove(name);
  }

  /** The leases that hold, by name. */
  List<Lease> all(long nowMillis) {
    return leases.values().stream().filter(lease -> lease.expiresMillis() > nowMillis).toList();
  }

  boolean protects(ArtifactKey key, long nowMillis) {
    return leases.values().stream()
        .anyMatch(lease -> lease.expiresMillis() > nowMillis && lease.keys().contains(key));
  }

  private static Bytes encode(Lease lease) {
    CborWriter out =
        new CborWriter()
            .array(FIELDS)
            .uint(VERSION)
            .uint(lease.expiresMillis())
            .array(lease.keys().size());
    new TreeSet<>(lease.keys()).forEach(key -> out.bytes(key.bytes()));
    return out.toBytes();
  }

  /** What a row says. */
  static Lease read(Bytes key, Bytes row) {
    return StoreTables.LEASE.read(key, row, Leases::decode);
  }

  private static Lease decode(Bytes key, Bytes row) {
    String name = key.toUtf8();
    CborReader in = new CborReader("lease '" + name + "'", row);
    in.structure(VERSION, FIELDS);
    long expires = in.uint();
    int count = in.array();
    Set<ArtifactKey> keys = new HashSet<>();
    for (int i = 0; i < count; i++) {
      keys.add(ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES)));
    }
    in.end();
    return new Lease(name, expires, keys);
  }
}
