/**
 * Signed statements: the envelopes of DSSE, and the public keys that check them. {@link
 * dev.cairn.cli.attestation.Envelope} says what is signed.
 */
@NullMarked
package dev.cairn.cli.attestation;

import org.jspecify.annotations.NullMarked;
