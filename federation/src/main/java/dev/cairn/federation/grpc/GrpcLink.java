package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.transport.Inbox;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.LinkUse;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameCodec;
import dev.cairn.federation.wire.Packing;
import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the two ends of a gRPC call have in common.
 *
 * <p>gRPC delivers a message only if it was asked for; at most {@link GrpcSettings#FRAMES_AHEAD}
 * are asked for beyond what lies in the inbox, and none while the inbox is full. So a peer that
 * sends faster than the session receives is held back by HTTP/2, and memory is bounded. The event
 * loop never waits: it only moves frames into the inbox.
 */
abstract class GrpcLink implements PeerLink {
  private final @Nullable NodeId peerNode;
  private final String address;
  private final LinkLimits limits;
  private final Inbox<Bytes> inbox;
  private final List<String> codecs;

  /** Those of the peer, once it has said hello. */
  private volatile List<String> peerCodecs = List.of();

  /** Set with the hello: what has not been offered is not unpacked. */
  private volatile List<String> offered = List.of();

  private final AtomicLong bytesSent = new AtomicLong();
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /** Guards the call's sending side: gRPC wants one thread at a time there. */
  private final Object sending = new Object();

  private boolean closed;

  /** How the call will end, from this side. */
  private volatile Status end = Status.OK;

  private final Object credit = new Object();
  private int framesAsked;
  private int framesHeld;
  private long bytesHeld;
  private boolean discarding;

  /**
   * @param nearby whether the peer is on this machine
   */
  GrpcLink(@Nullable NodeId peerNode, String address, boolean nearby, GrpcSettings settings) {
    this.peerNode = peerNode;
    this.address = address;
    this.limits = settings.link();
    this.codecs = settings.codecs(nearby);
    this.inbox = new Inbox<>(address, new Frames(), limits, settings.ticker());
  }

  /** True if gRPC takes a message without buffering too much. */
  abstract boolean callReady();

  abstract void callSend(Bytes frame);

  abstract void callRequest(int frames);

  /**
   * Ends the sending side, behind everything sent.
   *
   * @param status OK if nothing went wrong on the link, else for the peer to know what did
   */
  abstract void callFinish(Status status);

  @Override
  public final @Nullable NodeId authenticatedPeer() {
    return peerNode;
  }

  @Override
  public final String address() {
    return address;
  }

  @Override
  public final boolean ready() {
    return callReady();
  }

  @Override
  public final void send(PeerMessage message) {
    Bytes frame = message instanceof Hello hello ? greeting(hello) : packed(message);
    inbox.awaitReady();
    synchronized (sending) {
      if (closed) {
        throw new UnavailableException("the link to " + address + " is closed");
      }
      callSend(frame);
      bytesSent.addAndGet(frame.length());
      count(frame);
    }
  }

  /** What a frame's codecs are is the link's matter: a session only knows that there are some. */
  private Bytes greeting(Hello hello) {
    offered = codecs;
    return FrameCodec.encode(hello.withCodecs(codecs));
  }

  private Bytes packed(PeerMessage message) {
    Bytes frame = FrameCodec.encode(message);
    return Packing.choose(peerCodecs, codecs)
        .map(codec -> Packing.pack(frame, codec))
        .orElse(frame);
  }

  private void count(Bytes frame) {
    frames.incrementAndGet();
    bytes.addAndGet(frame.length());
  }

  @Override
  public final LinkUse use() {
    return new LinkUse(frames.get(), bytes.get());
  }

  /** Bytes of frames sent so far, as they were sent. */
  final long bytesSent() {
    return bytesSent.get();
  }

  @Override
  public final Activity await(boolean toSend, long timeoutMillis) {
    return inbox.await(toSend, timeoutMillis);
  }

  @Override
  public final void wake() {
    inbox.wake();
  }

  @Override
  public final @Nullable PeerMessage receive(long timeoutMillis) {
    return inbox.receive(timeoutMillis);
  }

  /** Ends the sending side and drops what comes in; false if that was done before. */
  final boolean finish() {
    synchronized (sending) {
      if (closed) {
        return false;
      }
      closed = true;
      callFinish(end);
    }
    inbox.close();
    synchronized (credit) {
      discarding = true;
      framesHeld = 0;
      bytesHeld = 0;
    }
    refill();
    return true;
  }

  // ---- called by gRPC's event loop

  final void onMessage(Bytes frame) {
    count(frame);
    boolean discard;
    synchronized (credit) {
      framesAsked--;
      discard = discarding;
      if (!discard) {
        framesHeld++;
        bytesHeld += frame.length();
      }
    }
    if (!discard) {
      inbox.deliver(frame);
    }
    refill();
  }

  final void onReady() {
    inbox.signal();
  }

  final void onEnd() {
    inbox.end();
  }

  final void onFailure(CairnException reason) {
    end = Status.CANCELLED.withDescription("the conversation was broken off");
    inbox.fail(reason);
  }

  /** Asks for as many frames as there is room for. */
  final void refill() {
    int more;
    synchronized (credit) {
      boolean room = framesHeld < limits.inboxFramesMax() && bytesHeld < limits.inboxBytesMax();
      more = room ? GrpcSettings.FRAMES_AHEAD - framesAsked : 0;
      framesAsked += more;
    }
    if (more > 0) {
      callRequest(more);
    }
  }

  private final class Frames implements Inbox.Source<Bytes> {
    @Override
    public Optional<PeerMessage> decode(Bytes frame) {
      try {
        Optional<PeerMessage> message = FrameCodec.decode(Packing.unpack(frame, offered));
        if (message.isPresent() && message.get() instanceof Hello hello) {
          peerCodecs = hello.codecs();
        }
        return message;
      } catch (MalformedException e) {
        end = Status.INVALID_ARGUMENT.withDescription(e.getMessage());
        throw e;
      }
    }

    @Override
    public void taken(Bytes frame) {
      synchronized (credit) {
        framesHeld = Math.max(0, framesHeld - 1);
        bytesHeld = Math.max(0, bytesHeld - frame.length());
      }
      refill();
    }

    @Override
    public boolean ready() {
      return callReady();
    }
  }
}
