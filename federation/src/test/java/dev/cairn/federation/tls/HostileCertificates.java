package dev.cairn.federation.tls;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.NodeId;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/** Certificates with a good voucher that a node must not believe, each for one reason. */
public final class HostileCertificates {
  private static final long DAY_SECONDS = 86_400;

  /**
   * One of them.
   *
   * @param what is wrong with it
   */
  public record Shown(String what, PrivateKey key, X509Certificate certificate) {}

  private final SigningKey node;
  private final String uri;
  private final long now;
  private final KeyPair tls = keys();
  private final List<Shown> all = new ArrayList<>();

  private HostileCertificates(SigningKey node, long nowSeconds) {
    this.node = node;
    this.uri = NodeCertificate.URI_PREFIX + NodeId.of(node.publicKey());
    this.now = nowSeconds;
  }

  /** All that this knows, shown by the node with this key. */
  public static List<Shown> of(SigningKey node, long nowSeconds) {
    HostileCertificates made = new HostileCertificates(node, nowSeconds);
    made.addAll();
    return made.all;
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private void addAll() {
    long from = now - 3_600;
    long to = now + 20 * DAY_SECONDS;
    add("two names", from, to, builder(from, to, uri, uri), tls);
    add("a trailing dot", from, to, builder(from, to, uri + "."), tls);
    JcaX509v3CertificateBuilder authority = builder(from, to, uri);
    NodeCertificate.add(authority, Extension.basicConstraints, false, new BasicConstraints(true));
    add("an authority as leaf", from, to, authority, tls);
    long before = now - 20 * DAY_SECONDS;
    long ended = now - DAY_SECONDS;
    add("expired", before, ended, builder(before, ended, uri), tls);
    add("signed by another key", from, to, builder(from, to, uri), keys());
    JcaX509v3CertificateBuilder bare = builder(from, to, uri);
    NodeCertificate.Credential none = NodeCertificate.sign(bare, tls);
    all.add(new Shown("no voucher", none.privateKey(), none.certificate()));
  }

  private JcaX509v3CertificateBuilder builder(long from, long to, String... uris) {
    return NodeCertificate.builder(tls, from, to, uris);
  }

  private void add(
      String what, long from, long to, JcaX509v3CertificateBuilder builder, KeyPair signer) {
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(node, Bytes.wrap(tls.getPublic().getEncoded()), from, to));
    NodeCertificate.Credential made = NodeCertificate.sign(builder, signer);
    all.add(new Shown(what, tls.getPrivate(), made.certificate()));
  }
}
