/**
 * What a node is interested in, and logs of which it holds only that: {@code InterestFilter} says
 * which records, {@code PartialLog} holds them with the leaf hashes of the others.
 */
@NullMarked
package dev.cairn.federation.filter;

import org.jspecify.annotations.NullMarked;
