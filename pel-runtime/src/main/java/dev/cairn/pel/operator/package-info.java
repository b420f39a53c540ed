/**
 * What programs are made of: the operator SPI, the registry, and the operators that come along.
 * Start at {@link dev.cairn.pel.operator.Operator}.
 */
@NullMarked
package dev.cairn.pel.operator;

import org.jspecify.annotations.NullMarked;
