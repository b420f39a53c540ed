package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;

/**
 * A large payload on its way in, chunk by chunk, in any order and from any number of sources; see
 * {@link Store#stageChunks}. Chunks that came stay when the stage is closed before its end, until
 * collection: another stage finds them, after a restart too. One owner at a time.
 */
public interface ChunkStage extends AutoCloseable {
  /** True if the chunk is here, and stays here until the stage is closed. */
  boolean has(PayloadChunk chunk);

  /**
   * Keeps a chunk.
   *
   * @throws dev.cairn.asl.error.MalformedException if the bytes are not those of the chunk; nothing
   *     is kept then
   */
  void put(PayloadChunk chunk, Bytes bytes);

  /**
   * Joins the chunks, which must all be here. The payload is kept if it is the one announced and
   * waits then for {@link Store#keepPayloads}.
   *
   * @throws dev.cairn.asl.error.MalformedException if the chunks give another payload: whoever
   *     listed them was wrong; they are let go then
   */
  void finish();

  /** Lets the payload be erased again. */
  @Override
  void close();
}
