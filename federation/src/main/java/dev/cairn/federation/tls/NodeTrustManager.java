package dev.cairn.federation.tls;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.WallClock;
import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts exactly one certificate, of the node profile, of a node that a {@link TrustPolicy}
 * welcomes. Host names and authorities mean nothing to it.
 *
 * <p>A refusal is a {@link CertificateException} whose cause is a {@link CairnException} with the
 * reason. Safe for any thread.
 */
public final class NodeTrustManager extends X509ExtendedTrustManager {
  private final TrustPolicy policy;
  private final WallClock clock;

  /** Asks {@code policy} about every node that proves its identity. */
  public NodeTrustManager(TrustPolicy policy, WallClock clock) {
    this.policy = policy;
    this.clock = clock;
  }

  /**
   * The node at the other end of a session, judged anew: a resumed session skips the handshake's
   * checks, and a node may have been revoked since.
   *
   * @throws CairnException if it is not or no more welcome
   */
  public NodeId check(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      if (chain.length == 1 && chain[0] instanceof X509Certificate certificate) {
        return check(certificate);
      }
      throw new MalformedException("node certificate: not exactly one of X.509");
    } catch (SSLPeerUnverifiedException e) {
      throw new MalformedException("node certificate: missing", e);
    }
  }

  private NodeId check(X509Certificate certificate) {
    NodeId node = NodeCertificate.verify(certificate, clock.millis());
    policy.check(node);
    return node;
  }

  private void checkChain(X509Certificate[] chain) throws CertificateException {
    try {
      if (chain.length != 1) {
        throw new MalformedException(
            "node certificate: a chain of " + chain.length + " certificates, not 1");
      }
      check(chain[0]);
    } catch (CairnException e) {
      throw new CertificateException(e.getMessage(), e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkChain(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkChain(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkChain(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkChain(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkChain(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkChain(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
