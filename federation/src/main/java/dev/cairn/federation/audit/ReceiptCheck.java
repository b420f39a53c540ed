package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.run.Cost;
import org.jspecify.annotations.Nullable;

/** Runs a receipt's program again. Called by an audit from several threads at once. */
@FunctionalInterface
public interface ReceiptCheck {
  /**
   * Runs the program of a live receipt of {@code store} again, and compares.
   *
   * @param max what that may take; a check that takes more is given up, and its {@link
   *     Checked#took} says so
   */
  Checked check(Store store, ArtifactKey receipt, Cost max);

  /**
   * What came of it. The receipt is right if nothing is told.
   *
   * @param differs what is wrong with it, in words; null if it is right, or if that is not known
   * @param unknown why that cannot be known, as something it needs is not here; null if it is known
   * @param took the same whenever it is checked, on any machine, however long it takes
   */
  record Checked(@Nullable String differs, @Nullable String unknown, Cost took) {}
}
