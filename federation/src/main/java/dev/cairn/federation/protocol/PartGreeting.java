package dev.cairn.federation.protocol;

/**
 * What a {@link SessionPart} says in the hello, before anything is agreed on. It is one field of
 * the hello; of each type of greeting there is at most one. A hello carries it whether the other
 * side knows the part or not.
 */
public interface PartGreeting {}
