package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadChunk;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say to each other about payloads that are asked for: the messages of {@code fetch/1}.
 *
 * <p>The items of all wants of one side are numbered through a conversation, from 0. Each is
 * answered once, in any order: by a piece, a list of chunks, or as absent.
 */
public sealed interface FetchMessage extends PartMessage {
  /**
   * Asks for payloads, chunks of payloads, and lists of chunks.
   *
   * @param first number of the first item
   * @param items at least one, at most {@value ProtocolLimits#WANT_ITEMS_MAX}
   */
  record Want(long first, List<WantItem> items) implements FetchMessage {
    public Want {
      items = List.copyOf(items);
      require(first >= 0 && first <= Long.MAX_VALUE - items.size(), "want", "number " + first);
      require(isCount(items.size()), "want", items.size() + " items");
    }
  }

  /**
   * One thing asked for: a chunk of a payload if {@code chunk} is there; else the whole payload if
   * it is one that travels in one piece, by its length; else the list of its chunks.
   *
   * @param payload which payload
   * @param length of the payload
   * @param chunk digest of the chunk asked for; null for the payload or the list
   * @param from number of the first chunk to list; 0 otherwise
   */
  record WantItem(PayloadDigest payload, long length, @Nullable Bytes chunk, long from) {
    public WantItem {
      require(length >= 0 && from >= 0, "want", "a negative length or number");
      require(
          from == 0 || (chunk == null && !isSmall(length)),
          "want",
          "chunks from " + from + " on of what is no list");
      require(
          chunk == null || (chunk.length() == HashAlgorithm.DIGEST_BYTES && !isSmall(length)),
          "want",
          "a chunk of a payload of " + length + " bytes");
    }

    /** True for a payload that travels in one piece. */
    public boolean isWhole() {
      return isSmall(length);
    }

    private static boolean isSmall(long length) {
      return length <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX;
    }
  }

  /**
   * Answers to wants that asked for bytes.
   *
   * @param pieces at least one, at most {@value ProtocolLimits#WANT_ITEMS_MAX}
   */
  record Pieces(List<Piece> pieces) implements FetchMessage {
    public Pieces {
      pieces = List.copyOf(pieces);
      require(isCount(pieces.size()), "pieces", pieces.size() + " pieces");
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  /**
   * The bytes that a want asked for, all of them.
   *
   * @param number of the want's item
   * @param data a payload or a chunk
   */
  record Piece(long number, Bytes data) {
    public Piece {
      require(
          number >= 0 && data.length() <= ProtocolLimits.CHUNK_BYTES_MAX,
          "pieces",
          data.length() + " bytes for number " + number);
    }
  }

  /**
   * Answers to wants for what the sender does not have.
   *
   * @param numbers of the wants' items; at least one, at most {@value
   *     ProtocolLimits#WANT_ITEMS_MAX}
   */
  record Absent(List<Long> numbers) implements FetchMessage {
    public Absent {
      numbers = List.copyOf(numbers);
      require(isCount(numbers.size()), "absent", numbers.size() + " numbers");
      require(numbers.stream().allMatch(number -> number >= 0), "absent", "a negative number");
    }
  }

  /**
   * The answer to a want for a list of chunks, or for a part of it.
   *
   * @param number of the want's item
   * @param total chunks of the payload
   * @param chunks from the one asked for on; at least one, at most {@value
   *     ProtocolLimits#CHUNKS_LISTED_MAX}
   */
  record ChunkList(long number, long total, List<PayloadChunk> chunks) implements FetchMessage {
    public ChunkList {
      chunks = List.copyOf(chunks);
      require(
          number >= 0
              && !chunks.isEmpty()
              && chunks.size() <= ProtocolLimits.CHUNKS_LISTED_MAX
              && chunks.size() <= total,
          "chunk list",
          chunks.size() + " chunks of " + total);
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  private static boolean isCount(int count) {
    return count >= 1 && count <= ProtocolLimits.WANT_ITEMS_MAX;
  }

  private static void require(boolean holds, String message, String what) {
    if (!holds) {
      throw new MalformedException(message + ": " + what);
    }
  }
}
