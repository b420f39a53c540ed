/**
 * Programs and receipts as values: their canonical bytes, their rules, and nothing that runs. Start
 * at {@link dev.cairn.pel.model.Program} and {@link dev.cairn.pel.model.Receipt}.
 */
@NullMarked
package dev.cairn.pel.model;

import org.jspecify.annotations.NullMarked;
