package dev.cairn.pel.wasm.binary;

/**
 * A function body after rewriting.
 *
 * @param body locals and instructions
 * @param isLarge whether it makes more JVM code than one method should have
 * @param branchTypes types of all variables at all branches, which the JVM's verifier must be told
 */
record RewrittenBody(ByteSink body, boolean isLarge, long branchTypes) {}
