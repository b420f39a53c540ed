package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.store.Store;
import java.nio.file.Path;

/**
 * What an audit looks at: a store, evidence, a bundle and an empty store to replay it into, or what
 * did not even open.
 */
public sealed interface AuditSource {
  /** What findings call it. */
  String name();

  /**
   * A store.
   *
   * @param store not written to meanwhile
   */
  record OfStore(String name, Store store) implements AuditSource {}

  /**
   * Evidence against a node.
   *
   * @param encoded the bytes, not checked yet
   */
  record OfEvidence(String name, Bytes encoded) implements AuditSource {}

  /**
   * A bundle from nothing.
   *
   * @param file the bundle
   * @param scratch an empty store of the bundle's federation, which the audit fills and leaves to
   *     the caller; its indexes are those that the receipts' programs need, if these are run again
   */
  record OfBundle(String name, Path file, Store scratch) implements AuditSource {}

  /**
   * Something that could not be opened: a finding like any other, and the other sources are audited
   * all the same.
   *
   * @param why in words
   * @param damaged true if it is damaged, false if that is not known
   */
  record Unopened(String name, String why, boolean damaged) implements AuditSource {}
}
