package dev.cairn.bench.speed;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameCodec;
import org.jspecify.annotations.Nullable;

/** A link that counts the frames of a conversation, and their bytes, both ways. */
final class CountingLink implements PeerLink {
  private final PeerLink link;
  private long frames;
  private long bytes;

  CountingLink(PeerLink link) {
    this.link = link;
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
    bytes += FrameCodec.encode(message).length();
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
