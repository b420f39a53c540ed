package dev.cairn.cli.demo;

import dev.cairn.cli.console.JsonObject;

/**
 * A sentence that was checked.
 *
 * @param sentence what is said to be so
 * @param expected what would make it true
 * @param found what was seen
 * @param held whether it is so
 */
record Claim(String sentence, String expected, String found, boolean held) {
  JsonObject toJson() {
    return new JsonObject()
        .add("claim", sentence)
        .add("expected", expected)
        .add("found", found)
        .add("held", held);
  }
}
