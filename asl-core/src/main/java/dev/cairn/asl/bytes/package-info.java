/**
 * {@link dev.cairn.asl.bytes.Bytes}, the immutable byte string that every key, digest and record is
 * made of.
 */
@NullMarked
package dev.cairn.asl.bytes;

import org.jspecify.annotations.NullMarked;
