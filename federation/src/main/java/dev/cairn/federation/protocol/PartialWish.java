package dev.cairn.federation.protocol;

/** Says that its sender will ask for logs in part: {@link FilterMessage.Interest}. */
public record PartialWish() implements PartGreeting {}
