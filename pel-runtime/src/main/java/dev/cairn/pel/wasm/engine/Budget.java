package dev.cairn.pel.wasm.engine;

/**
 * What one run of a module may use.
 *
 * @param fuel units of work
 * @param slots values on the stacks of all functions that are being called
 * @param pagesMax most pages of memory
 */
public record Budget(long fuel, int slots, int pagesMax) {}
