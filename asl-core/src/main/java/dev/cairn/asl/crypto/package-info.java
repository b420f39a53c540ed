/**
 * Hash functions and Ed25519 behind our own types; the only package that sees Bouncy Castle's
 * lightweight API.
 */
@NullMarked
package dev.cairn.asl.crypto;

import org.jspecify.annotations.NullMarked;
