/** RFC 6962 Merkle trees: append, inclusion and consistency proofs, and their verification. */
@NullMarked
package dev.cairn.asl.merkle;

import org.jspecify.annotations.NullMarked;
