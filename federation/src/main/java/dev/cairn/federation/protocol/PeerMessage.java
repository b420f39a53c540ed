package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What peers say to each other. Transports carry it, bundles keep it; how it is encoded is the
 * wire's business.
 *
 * <p>A message that exists is well-formed in itself: its constructor throws {@link
 * MalformedException} otherwise. Whether it is in place is the session's business, and nothing in
 * it is believed before it is verified.
 *
 * <pre>
 *   conversation = Hello delta? Ack? Finished? Goodbye  each way, with Heartbeats and the
 *                                                       messages of parts anywhere behind Hello
 *   delta        = OriginInfo* (PayloadPiece* Records | CheckpointNote)* DeltaEnd
 * </pre>
 */
public sealed interface PeerMessage
    permits PeerMessage.Hello,
        PeerMessage.OriginInfo,
        PeerMessage.PayloadPiece,
        PeerMessage.Records,
        PeerMessage.CheckpointNote,
        PeerMessage.DeltaEnd,
        PeerMessage.Ack,
        PeerMessage.Heartbeat,
        PeerMessage.Goodbye,
        PeerMessage.Finished,
        PartMessage {
  /**
   * Where a log ends at the sender.
   *
   * @param origin whose log
   * @param treeSize records held, from 1
   * @param lastLogseq of the last record held
   */
  record CursorEntry(Origin origin, long treeSize, long lastLogseq) {
    public CursorEntry {
      require(
          treeSize >= 1 && lastLogseq >= 1, "cursor", "tree size or logseq of an origin below 1");
    }

    public static void checkOrder(List<CursorEntry> cursor) {
      require(cursor.size() <= ProtocolLimits.ORIGINS_MAX, "cursor", cursor.size() + " origins");
      for (int i = 1; i < cursor.size(); i++) {
        require(
            cursor.get(i - 1).origin().compareTo(cursor.get(i).origin()) < 0,
            "cursor",
            "origins out of order or twice");
      }
    }
  }

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
   * @param features names of the parts that the sender offers, in their order, none twice; unknown
   *     ones are skipped
   * @param greetings what those parts say beforehand; at most one of a type
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
      List<CursorEntry> cursor,
      List<String> features,
      List<PartGreeting> greetings)
      implements PeerMessage {
    /** The same with other codecs. */
    public Hello withCodecs(List<String> other) {
      return new Hello(
          versionMin,
          versionMax,
          federation,
          node,
          key,
          other,
          sends,
          receives,
          cursor,
          features,
          greetings);
    }

    /** One of a node that offers no parts. */
    public Hello(
        int versionMin,
        int versionMax,
        String federation,
        NodeId node,
        PublicKey key,
        List<String> codecs,
        boolean sends,
        boolean receives,
        List<CursorEntry> cursor) {
      this(
          versionMin,
          versionMax,
          federation,
          node,
          key,
          codecs,
          sends,
          receives,
          cursor,
          List.of(),
          List.of());
    }

    public Hello {
      codecs = List.copyOf(codecs);
      cursor = List.copyOf(cursor);
      features = List.copyOf(features);
      greetings = List.copyOf(greetings);
      require(versionMin >= 1 && versionMin <= versionMax, "hello", "versions out of order");
      require(codecs.size() <= ProtocolLimits.CODECS_MAX, "hello", codecs.size() + " codecs");
      Federation.checkName(federation);
      CursorEntry.checkOrder(cursor);
      checkFeatures(features);
    }

    /** What a part said beforehand, if it did. */
    public <G extends PartGreeting> Optional<G> greeting(Class<G> type) {
      return greetings.stream().filter(type::isInstance).map(type::cast).findFirst();
    }

    private static void checkFeatures(List<String> features) {
      require(
          features.size() <= ProtocolLimits.FEATURES_MAX, "hello", features.size() + " features");
      String before = "";
      for (String feature : features) {
        require(ProtocolLimits.isFeature(feature), "hello", "the name of a feature");
        require(before.compareTo(feature) < 0, "hello", "features out of order or twice");
        before = feature;
      }
    }
  }

  /**
   * Introduces an origin before its first record.
   *
   * @param origin whose records follow
   * @param key the key of its node; must hash to it
   */
  record OriginInfo(Origin origin, PublicKey key) implements PeerMessage {
    public OriginInfo {
      require(
          NodeId.of(key).equals(origin.node()), "origin info", "the key is not that of " + origin);
    }
  }

  /**
   * A piece of a large payload, before the records that need it. The pieces of one payload follow
   * each other, in order.
   *
   * @param digest of the whole payload
   * @param length of the whole payload
   * @param offset of this piece
   * @param data the piece
   */
  record PayloadPiece(PayloadDigest digest, long length, long offset, Bytes data)
      implements PeerMessage {
    public PayloadPiece {
      require(
          offset >= 0 && !data.isEmpty() && data.length() <= length - offset,
          "payload piece",
          data.length() + " bytes at " + offset + " of " + length + " of " + digest);
    }
  }

  /**
   * Records in the total order, as runs of one origin each.
   *
   * @param runs at least one
   */
  record Records(List<Run> runs) implements PeerMessage {
    public Records {
      runs = List.copyOf(runs);
      require(!runs.isEmpty(), "records", "no run");
    }
  }

  /**
   * Consecutive records of one origin.
   *
   * @param origin whose
   * @param firstIndex index of the first item
   * @param items in log order; at least one
   */
  record Run(Origin origin, long firstIndex, List<Item> items) {
    public Run {
      items = List.copyOf(items);
      require(
          firstIndex >= 0 && firstIndex <= Long.MAX_VALUE - items.size() && !items.isEmpty(),
          "run",
          items.size() + " items from index " + firstIndex + " of " + origin);
    }
  }

  /**
   * An encoded record.
   *
   * @param record canonical bytes
   * @param payload its payload, if that is small and at hand
   */
  record Item(Bytes record, @Nullable Bytes payload) {
    public Item {
      require(
          payload == null || payload.length() <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX,
          "item",
          "an inline payload above " + ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX + " bytes");
    }
  }

  /**
   * A signed checkpoint that covers an origin's records up to the last one sent.
   *
   * @param origin whose
   * @param treeSize records that it covers
   * @param note the signed note
   */
  record CheckpointNote(Origin origin, long treeSize, Bytes note) implements PeerMessage {
    public CheckpointNote {
      require(treeSize >= 1, "checkpoint note", "tree size " + treeSize);
    }
  }

  /**
   * The delta is complete: what the sender had when it began, and could prove, has been sent.
   *
   * @param commits sent
   * @param records sent
   * @param payloads sent, inline or in pieces
   */
  record DeltaEnd(long commits, long records, long payloads) implements PeerMessage {
    public DeltaEnd {
      require(commits >= 0 && records >= 0 && payloads >= 0, "delta end", "a negative count");
    }
  }

  /**
   * The peer's delta is durable here. An empty delta is not acknowledged.
   *
   * @param cursor every log the sender now holds, in order of origins
   */
  record Ack(List<CursorEntry> cursor) implements PeerMessage {
    public Ack {
      cursor = List.copyOf(cursor);
      CursorEntry.checkOrder(cursor);
    }
  }

  /**
   * The sender is alive.
   *
   * @param hlc the latest hybrid clock reading it holds; 0 if it holds no record
   */
  record Heartbeat(long hlc) implements PeerMessage {
    public Heartbeat {
      require(hlc >= 0, "heartbeat", "a negative clock");
    }
  }

  /**
   * The last message.
   *
   * @param reason why it ends
   * @param text for people; at most {@value ProtocolLimits#GOODBYE_CHARS_MAX} characters
   */
  record Goodbye(Reason reason, String text) implements PeerMessage {
    public Goodbye {
      require(
          text.length() <= ProtocolLimits.GOODBYE_CHARS_MAX,
          "goodbye",
          text.length() + " characters");
    }
  }

  /**
   * The sender's parts begin nothing more; they still answer. Said once, and only if a part was
   * agreed on.
   */
  record Finished() implements PeerMessage {}

  /** Why a conversation ends. */
  enum Reason {
    /** All done. */
    DONE,
    /** No protocol version or codec in common. */
    VERSION,
    /** Another federation. */
    FEDERATION,
    /** The peer is not trusted here, or is not who it says. */
    UNTRUSTED,
    /** A message broke the format or the protocol. */
    MALFORMED,
    /** A signature or a digest does not verify, or statements contradict. */
    UNVERIFIED,
    /** A bound was exceeded. */
    LIMIT,
    /** The sender cannot go on: its store failed, it is closing, or it heard nothing for long. */
    UNAVAILABLE,
    /** The receiver has cost the sender as much as it may: later it may again. */
    QUOTA
  }

  private static void require(boolean holds, String message, String what) {
    if (!holds) {
      throw new MalformedException(message + ": " + what);
    }
  }
}
