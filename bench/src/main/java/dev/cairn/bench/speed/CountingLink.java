package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameCodec;
import dev.cairn.federation.wire.Packing;
import org.jspecify.annotations.Nullable;

/** A link that counts the frames of a conversation, and their bytes, both ways. */
final class CountingLink implements PeerLink {
  private static final String CODEC = Packing.choose(Packing.CODECS, Packing.CODECS).orElseThrow();

  private final PeerLink link;
  private final boolean packs;
  private long frames;
  private long bytes;

  CountingLink(PeerLink link) {
    this(link, false);
  }

  private CountingLink(PeerLink link, boolean packs) {
    this.link = link;
    this.packs = packs;
  }

  /** One that counts frames as links between machines pack them; those on one machine do not. */
  static CountingLink packing(PeerLink link) {
    return new CountingLink(link, true);
  }

  /** Bytes of all frames so far. */
  long bytes() {
    return bytes;
  }

  /** Frames so far. */
  long frames() {
    return frames;
  }

  private void count(PeerMessage message) {
    frames++;
    Bytes frame = FrameCodec.encode(message);
    bytes += (packs ? Packing.pack(frame, CODEC) : frame).length();
  }

  @Override
  public @Nullable NodeId authenticatedPeer() {
    return link.authenticatedPeer();
  }

  @Override
  public String address() {
    return link.address();
  }

  @Override
  public boolean ready() {
    return link.ready();
  }

  @Override
  public void send(PeerMessage message) {
    count(message);
    link.send(message);
  }

  @Override
  public Activity await(boolean toSend, long timeoutMillis) {
    return link.await(toSend, timeoutMillis);
  }

  @Override
  public @Nullable PeerMessage receive(long timeoutMillis) {
    PeerMessage message = link.receive(timeoutMillis);
    if (message != null) {
      count(message);
    }
    return message;
  }

  @Override
  public void close() {
    link.close();
  }
}
