package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;

/** A payload on its way in, piece by piece; see {@link Store#stagePayload}. One owner at a time. */
public interface PayloadStage extends AutoCloseable {
  /** The next bytes. More than announced is a {@link dev.cairn.asl.error.MalformedException}. */
  void write(Bytes piece);

  /**
   * Ends the payload; it is kept if length and digest are as announced, else {@link
   * dev.cairn.asl.error.MalformedException}.
   */
  void finish();

  /** Lets the payload be erased again. One that was not finished is left to collection. */
  @Override
  void close();
}
