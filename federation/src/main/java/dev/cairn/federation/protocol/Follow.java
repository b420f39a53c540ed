package dev.cairn.federation.protocol;

/** Said by a node that wants the conversation to go on behind the first delta. */
public record Follow() implements PartGreeting {}
