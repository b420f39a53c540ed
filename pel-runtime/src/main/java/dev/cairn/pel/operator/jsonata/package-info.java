/**
 * Queries of JSON in JSONata, by a library that no other package sees. Start at {@link
 * dev.cairn.pel.operator.jsonata.Query}.
 */
@NullMarked
package dev.cairn.pel.operator.jsonata;

import org.jspecify.annotations.NullMarked;
