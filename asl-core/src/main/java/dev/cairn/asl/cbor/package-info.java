/**
 * Deterministic CBOR (RFC 8949 section 4.2.1): the writer of every structured artifact and its
 * strict reader.
 */
@NullMarked
package dev.cairn.asl.cbor;

import org.jspecify.annotations.NullMarked;
