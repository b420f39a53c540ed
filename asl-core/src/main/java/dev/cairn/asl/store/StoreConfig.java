package dev.cairn.asl.store;

import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.time.WallClock;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a store is opened with.
 *
 * @param federation its name
 * @param key the node's signing key
 * @param epoch the node's epoch, from 1; greater than every one before once the store may have been
 *     put back to an earlier state
 * @param indexes folded beside the store's own; always the same ones for one store
 * @param localTables further tables of scope {@link Table.Scope#LOCAL} for the caller's use
 * @param clock civil time for hybrid clocks and labels
 * @param metrics hears of the store's work
 * @param signatures judges the signatures of checkpoints that are replicated
 * @param plausibility how far ahead others may be
 */
public record StoreConfig(
    String federation,
    SigningKey key,
    int epoch,
    List<Index> indexes,
    List<Table> localTables,
    WallClock clock,
    StoreMetrics metrics,
    SignatureCheck signatures,
    Plausibility plausibility) {
  public StoreConfig {
    indexes = List.copyOf(indexes);
    localTables = List.copyOf(localTables);
  }

  /** Without anybody to hear of the store's work. */
  public StoreConfig(
      String federation,
      SigningKey key,
      int epoch,
      List<Index> indexes,
      List<Table> localTables,
      WallClock clock) {
    this(
        federation,
        key,
        epoch,
        indexes,
        localTables,
        clock,
        StoreMetrics.NONE,
        SignatureCheck.ED25519,
        Plausibility.DEFAULT);
  }

  /** The same with a listener. */
  public StoreConfig withMetrics(StoreMetrics listener) {
    return new StoreConfig(
        federation, key, epoch, indexes, localTables, clock, listener, signatures, plausibility);
  }

  /** The same with another judge of signatures. */
  public StoreConfig withSignatures(SignatureCheck check) {
    return new StoreConfig(
        federation, key, epoch, indexes, localTables, clock, metrics, check, plausibility);
  }

  /** The same with other bounds of what is believed. */
  public StoreConfig withPlausibility(Plausibility bounds) {
    return new StoreConfig(
        federation, key, epoch, indexes, localTables, clock, metrics, signatures, bounds);
  }

  /** Every table that an engine must be opened with. */
  public static Set<Table> tables(List<Index> indexes, List<Table> localTables) {
    TreeSet<Table> tables = new TreeSet<>(StoreTables.all());
    indexes.forEach(index -> tables.addAll(index.tables()));
    tables.addAll(localTables);
    return tables;
  }
}
