package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Store;
import java.util.HashMap;
import java.util.Map;

/** Payloads by digest, each read from a store, and so verified, once in a simulation. */
final class PayloadsSeen {
  private final Map<PayloadDigest, Bytes> payloads = new HashMap<>();

  Bytes of(Store store, PayloadDigest digest, long bytes) {
    return payloads.computeIfAbsent(digest, unseen -> store.payload(unseen, bytes));
  }
}
