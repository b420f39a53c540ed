/** Programs as people write them: JSON and YAML. */
@NullMarked
package dev.cairn.pel.text;

import org.jspecify.annotations.NullMarked;
