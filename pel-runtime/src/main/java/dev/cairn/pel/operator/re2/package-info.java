/**
 * Regular expressions in time proportional to the text, by RE2/J, which no other package sees.
 * Start at {@link dev.cairn.pel.operator.re2.Expression}.
 */
@NullMarked
package dev.cairn.pel.operator.re2;

import org.jspecify.annotations.NullMarked;
