/** JSON as plans and rows need it: a strict reader that names places, and one way to write. */
@NullMarked
package dev.cairn.tgk.json;

import org.jspecify.annotations.NullMarked;
