package dev.cairn.federation.audit;

/**
 * Receipts of one source that are run again just now.
 *
 * @param source what it is called
 * @param chosen how many of its receipts are run again
 * @param done how many of them were
 */
public record ReceiptsUnderWay(String source, long chosen, long done) {}
