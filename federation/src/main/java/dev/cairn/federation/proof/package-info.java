/**
 * Proofs about artifacts and states that need no store to be checked, only public keys. Start at
 * {@code Prover} and {@code ArtifactProof}, for states at {@code StateWitness}.
 */
@NullMarked
package dev.cairn.federation.proof;

import org.jspecify.annotations.NullMarked;
