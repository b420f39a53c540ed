/**
 * Proofs about artifacts that need no store to be checked, only public keys. Start at {@code
 * Prover} and {@code ArtifactProof}.
 */
@NullMarked
package dev.cairn.federation.proof;

import org.jspecify.annotations.NullMarked;
