package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import java.util.Optional;

/** Runs a receipt's program again. Called by an audit from several threads at once. */
@FunctionalInterface
public interface ReceiptCheck {
  /**
   * What is wrong with a live receipt of {@code store}, in words; empty if it is right.
   *
   * @throws dev.cairn.asl.error.CairnException if that cannot be known, as something it needs is
   *     not here
   */
  Optional<String> differs(Store store, ArtifactKey receipt);
}
