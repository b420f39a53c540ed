package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What peers say to each other. Transports carry it, bundles keep it; how it is encoded is the
 * wire's business. Nothing in a message is believed before it is verified.
 */
public sealed interface PeerMessage {
  /** Where a log ends at the sender. */
  record CursorEntry(Origin origin, long treeSize, long lastLogseq) {}

  /**
   * The first message each way.
   *
   * @param versionMin least protocol version spoken
   * @param versionMax greatest protocol version spoken
   * @param federation the sender's federation
   * @param node the sender
   * @param key the sender's public key; must hash to {@code node}
   * @param codecs payload codecs understood, preferred first; {@code identity} always
   * @param sends whether the sender will send what the receiver lacks
   * @param receives whether the sender wants what it lacks
   * @param cursor every log the sender holds, in order of origins
   */
  record Hello(
      int versionMin,
      int versionMax,
      String federation,
      NodeId node,
      PublicKey key,
      List<String> codecs,
      boolean sends,
      boolean receives,
      List<CursorEntry> cursor)
      implements PeerMessage {
    public Hello {
      codecs = List.copyOf(codecs);
      cursor = List.copyOf(cursor);
    }
  }

  /** Introduces an origin before its first record. */
  record OriginInfo(Origin origin, PublicKey key) implements PeerMessage {}

  /**
   * A piece of a large payload, before the records that need it.
   *
   * @param digest of the whole payload
   * @param length of the whole payload
   * @param offset of this piece
   * @param data the piece
   */
  record PayloadPiece(PayloadDigest digest, long length, long offset, Bytes data)
      implements PeerMessage {}

  /** Records in the total order, as runs of one origin each. */
  record Records(List<Run> runs) implements PeerMessage {
    public Records {
      runs = List.copyOf(runs);
    }
  }

  /**
   * Consecutive records of one origin.
   *
   * @param origin whose
   * @param firstIndex index of the first item
   * @param items in log order
   */
  record Run(Origin origin, long firstIndex, List<Item> items) {
    public Run {
      items = List.copyOf(items);
    }
  }

  /** An encoded record, with its payload if that is small and at hand. */
  record Item(Bytes record, @Nullable Bytes payload) {}

  /** A signed checkpoint that covers an origin's records up to the last one sent. */
  record CheckpointNote(Origin origin, long treeSize, Bytes note) implements PeerMessage {}

  /** The delta is complete: what the sender had when it began has been sent. */
  record DeltaEnd(long commits, long records, long payloads) implements PeerMessage {}

  /** What the sender now holds, durably. */
  record Ack(List<CursorEntry> cursor) implements PeerMessage {
    public Ack {
      cursor = List.copyOf(cursor);
    }
  }

  /** The sender is alive. */
  record Heartbeat(long hlc) implements PeerMessage {}

  /**
   * The last message.
   *
   * @param reason why it ends
   * @param text for people; at most 1,024 characters
   */
  record Goodbye(Reason reason, String text) implements PeerMessage {}

  /** Why a conversation ends. */
  enum Reason {
    /** All done. */
    DONE,
    /** No protocol version in common. */
    VERSION,
    /** Another federation. */
    FEDERATION,
    /** The peer is not trusted here. */
    UNTRUSTED,
    /** A message broke the format or the protocol. */
    MALFORMED,
    /** A signature or a digest does not verify, or statements contradict. */
    UNVERIFIED,
    /** A bound was exceeded. */
    LIMIT,
    /** The sender cannot go on: its store failed or it is closing. */
    UNAVAILABLE
  }
}
