package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.tls.NodeTrustManager;
import dev.cairn.federation.transport.PeerLink;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The client's end: one channel, one call, one link.
 *
 * <p>The server answers with headers as soon as it accepts the call. Only then is the link handed
 * out: with TLS 1.3 a client's own handshake ends before the server has judged its certificate.
 */
final class ClientConnection {
  private final ManagedChannel channel;
  private final EventLoopGroup loop;
  private final String address;
  private final boolean nearby;
  private final @Nullable NodeTrustManager trust;
  private final GrpcSettings settings;
  private final ClientCall<Bytes, Bytes> call;

  private final CountDownLatch answered = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile @Nullable Link link;
  private volatile @Nullable CairnException refusal;

  ClientConnection(
      ManagedChannel channel,
      EventLoopGroup loop,
      String address,
      boolean nearby,
      @Nullable NodeTrustManager trust,
      GrpcSettings settings) {
    this.channel = channel;
    this.loop = loop;
    this.address = address;
    this.nearby = nearby;
    this.trust = trust;
    this.settings = settings;
    this.call =
        channel.newCall(
            FrameMarshaller.EXCHANGE,
            CallOptions.DEFAULT.withOnReadyThreshold(GrpcSettings.SEND_BUFFER_BYTES));
  }

  /** Opens the conversation, or throws and leaves nothing behind. */
  PeerLink connect() {
    call.start(new Events(), new Metadata());
    boolean inTime = waitFor(answered, settings.connectTimeoutMillis());
    Link opened = link;
    CairnException refused = refusal;
    if (opened != null && refused == null) {
      opened.refill();
      return opened;
    }
    abandon();
    if (refused != null) {
      throw refused;
    }
    throw new UnavailableException(
        address
            + (inTime
                ? ": gave no answer"
                : ": no answer in " + settings.connectTimeoutMillis() + " ms"));
  }

  private void abandon() {
    channel.shutdownNow();
    Endpoints.shutDown(loop);
  }

  private static boolean waitFor(CountDownLatch latch, long timeoutMillis) {
    try {
      return latch.await(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What gRPC tells, on the event loop. */
  private final class Events extends ClientCall.Listener<Bytes> {
    @Override
    public void onHeaders(Metadata headers) {
      try {
        link = new Link(peer());
      } catch (CairnException e) {
        refusal = e;
        call.cancel("peer not accepted", e);
      }
      answered.countDown();
    }

    @Override
    public void onMessage(Bytes frame) {
      Link open = link;
      if (open != null) {
        open.onMessage(frame);
      }
    }

    @Override
    public void onReady() {
      Link open = link;
      if (open != null) {
        open.onReady();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Link open = link;
      if (open == null) {
        refusal = refusal == null ? Failures.of(status, address) : refusal;
      } else if (status.isOk()) {
        open.onEnd();
      } else {
        open.onFailure(Failures.of(status, address));
      }
      over.countDown();
      answered.countDown();
    }

    private @Nullable NodeId peer() {
      if (trust == null) {
        return null;
      }
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      if (session == null) {
        throw new MalformedException(address + ": no TLS session");
      }
      return trust.check(session);
    }
  }

  private final class Link extends GrpcLink {
    Link(@Nullable NodeId peer) {
      super(peer, address, nearby, settings);
    }

    @Override
    boolean callReady() {
      return call.isReady();
    }

    @Override
    void callSend(Bytes frame) {
      call.sendMessage(frame);
    }

    @Override
    void callRequest(int frames) {
      call.request(frames);
    }

    @Override
    void callFinish(Status status) {
      if (status.isOk()) {
        call.halfClose();
      } else {
        call.cancel(status.getDescription(), null);
      }
    }

    @Override
    public void close() {
      if (finish()) {
        waitFor(over, settings.closeTimeoutMillis());
        abandon();
      }
    }
  }
}
