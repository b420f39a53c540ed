/**
 * What can go wrong, as types: each exception says what happened, with values, and what to do next.
 */
@NullMarked
package dev.cairn.asl.error;

import org.jspecify.annotations.NullMarked;
