/**
 * Expressions over JSON in CEL, by a library that no other package sees. Start at {@link
 * dev.cairn.pel.operator.cel.Cel}.
 */
@NullMarked
package dev.cairn.pel.operator.cel;

import org.jspecify.annotations.NullMarked;
