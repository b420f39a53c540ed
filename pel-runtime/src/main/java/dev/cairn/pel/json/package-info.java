/** JSON as values: a strict reader over Jackson's tokens and the canonical form of RFC 8785. */
@NullMarked
package dev.cairn.pel.json;

import org.jspecify.annotations.NullMarked;
