/**
 * Receipts by what they answer: the fold of receipt records and its readers. Start at {@link
 * dev.cairn.pel.index.Receipts}.
 */
@NullMarked
package dev.cairn.pel.index;

import org.jspecify.annotations.NullMarked;
