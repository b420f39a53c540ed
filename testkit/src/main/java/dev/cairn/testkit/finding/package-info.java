/**
 * What every store of findings must do, on whatever engine: start at {@link
 * dev.cairn.testkit.finding.FindingStoreContract}.
 */
@NullMarked
package dev.cairn.testkit.finding;

import org.jspecify.annotations.NullMarked;
