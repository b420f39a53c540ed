package dev.cairn.federation.transport;

/**
 * What a link has carried so far, both ways.
 *
 * @param frames all of them, of unknown kinds too
 * @param bytes those of the frames, as they travelled
 */
public record LinkUse(long frames, long bytes) {
  /** Nothing that anybody counts. */
  public static final LinkUse NONE = new LinkUse(0, 0);
}
