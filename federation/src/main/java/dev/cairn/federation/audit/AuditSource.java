package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.store.Store;
import java.nio.file.Path;

/** What an audit looks at: a store, evidence, or a bundle and an empty store to replay it into. */
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
}
