package dev.cairn.federation.tls;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The profile of a node's TLS certificate, {@code docs/format/node-certificate.md}: how one is made
 * and how one is judged.
 *
 * <p>X.509 v3 (RFC 5280), self-signed by a fresh ECDSA P-256 key. Ed25519 is not used for TLS since
 * common TLS libraries fail on it; instead the node's Ed25519 key vouches for the TLS key in an
 * extension:
 *
 * <pre>
 *   2.25.{@value #VOUCHER_UUID}, not critical:
 *     OCTET STRING (96) = Ed25519 public key (32) | signature (64) over
 *       "cairn-tls-v1" 0x00 | SubjectPublicKeyInfo (DER, 91) | u64be notBefore | u64be notAfter      seconds since 1970
 * </pre>
 *
 * <p>Safe for any thread.
 */
final class NodeCertificate {
  static final String VOUCHER_UUID = "184360367705806316253811599010437959724";
  static final String VOUCHER_OID = "2.25." + VOUCHER_UUID;
  static final String URI_PREFIX = "cairn:node:";
  static final Duration VALID_BEFORE = Duration.ofHours(1);
  static final Duration VALID_AFTER = Duration.ofDays(30);

  /** No certificate is accepted that is valid for longer. */
  static final Duration VALIDITY_MAX = Duration.ofDays(31);

  private static final String NAME = "CN=Cairn node";
  private static final Bytes STATEMENT = Bytes.utf8("cairn-tls-v1\0");
  private static final int VOUCHER_BYTES = PublicKey.KEY_BYTES + PublicKey.SIGNATURE_BYTES;

  /** An octet string of 98 bytes, which is an octet string of 96. */
  private static final Bytes VOUCHER_HEAD = Bytes.fromHex("04620460");

  /** A SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480), up to the point's x. */
  private static final Bytes P256_HEAD =
      Bytes.fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

  private static final int P256_BYTES = 91;
  private static final String ECDSA_WITH_SHA256_OID = "1.2.840.10045.4.3.2";
  private static final int SERIAL_BYTES = 16;
  private static final int GENERAL_NAME_URI = 6;
  private static final int V3 = 3;
  private static final int NOT_A_CA = -1;

  private NodeCertificate() {}

  /**
   * A TLS key with its certificate.
   *
   * @param privateKey ECDSA P-256; never printed
   */
  record Credential(PrivateKey privateKey, X509Certificate certificate) {
    @Override
    public String toString() {
      return "Credential[until " + certificate.getNotAfter().toInstant() + "]";
    }
  }

  /** A fresh TLS key, vouched for by a node. */
  static Credential create(SigningKey node, long nowMillis) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair tls = generator.generateKeyPair();
      long notBefore = (nowMillis - VALID_BEFORE.toMillis()) / 1_000;
      long notAfter = (nowMillis + VALID_AFTER.toMillis()) / 1_000;
      Bytes voucher = voucher(node, Bytes.wrap(tls.getPublic().getEncoded()), notBefore, notAfter);
      JcaX509v3CertificateBuilder builder =
          builder(tls, notBefore, notAfter, URI_PREFIX + NodeId.of(node.publicKey()));
      addVoucher(builder, voucher);
      return sign(builder, tls);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has ECDSA on P-256", e);
    }
  }

  static Bytes voucher(SigningKey node, Bytes tlsKey, long notBefore, long notAfter) {
    return node.publicKey().encoded().plus(node.sign(statement(tlsKey, notBefore, notAfter)));
  }

  static void addVoucher(JcaX509v3CertificateBuilder builder, Bytes voucher) {
    add(
        builder,
        new ASN1ObjectIdentifier(VOUCHER_OID),
        false,
        new DEROctetString(voucher.toArray()));
  }

  /** A certificate of the profile, but for the voucher. */
  static JcaX509v3CertificateBuilder builder(
      KeyPair tls, long notBefore, long notAfter, String... uris) {
    Bytes tlsKey = Bytes.wrap(tls.getPublic().getEncoded());
    byte[] serial = HashAlgorithm.SHA_256.hash(tlsKey).slice(0, SERIAL_BYTES).toArray();
    X500Name name = new X500Name(NAME);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            new BigInteger(1, serial).setBit(0),
            Date.from(Instant.ofEpochSecond(notBefore)),
            Date.from(Instant.ofEpochSecond(notAfter)),
            name,
            tls.getPublic());
    GeneralName[] names = new GeneralName[uris.length];
    for (int i = 0; i < uris.length; i++) {
      names[i] = new GeneralName(GeneralName.uniformResourceIdentifier, uris[i]);
    }
    add(builder, Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    add(builder, Extension.subjectAlternativeName, false, new GeneralNames(names));
    return builder;
  }

  static void add(
      JcaX509v3CertificateBuilder builder,
      ASN1ObjectIdentifier oid,
      boolean critical,
      org.bouncycastle.asn1.ASN1Encodable value) {
    try {
      builder.addExtension(oid, critical, value);
    } catch (IOException e) {
      throw new AssertionError("encoding in memory does no I/O", e);
    }
  }

  static Credential sign(JcaX509v3CertificateBuilder builder, KeyPair tls) {
    try {
      X509CertificateHolder holder =
          builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(tls.getPrivate()));
      return new Credential(
          tls.getPrivate(),
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(holder.getEncoded())));
    } catch (OperatorCreationException | IOException | GeneralSecurityException e) {
      throw new AssertionError("a certificate that cannot be made", e);
    }
  }

  /**
   * The node that a certificate proves the holder of its key to be.
   *
   * @throws MalformedException if the certificate is not of the profile
   * @throws RefusedException if it is, but does not verify or not now
   */
  static NodeId verify(X509Certificate certificate, long nowMillis) {
    checkShape(certificate);
    Bytes tlsKey = Bytes.wrap(certificate.getPublicKey().getEncoded());
    check(
        tlsKey.length() == P256_BYTES && tlsKey.startsWith(P256_HEAD),
        "its key is not on the curve P-256");
    NodeId named = NodeId.parse(uri(certificate).substring(URI_PREFIX.length()));
    checkTimes(certificate, nowMillis);
    try {
      checkSpelling(certificate);
      certificate.verify(certificate.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new RefusedException("node certificate: not signed by its own key", e);
    }
    Bytes voucher = voucher(certificate);
    PublicKey key = PublicKey.of(voucher.slice(0, PublicKey.KEY_BYTES));
    NodeId node = NodeId.of(key);
    if (!node.equals(named)) {
      throw new RefusedException(
          "node certificate: names node " + named + ", but node " + node + " vouches for it");
    }
    Bytes statement =
        statement(
            tlsKey,
            certificate.getNotBefore().toInstant().getEpochSecond(),
            certificate.getNotAfter().toInstant().getEpochSecond());
    if (!key.verifies(statement, voucher.slice(PublicKey.KEY_BYTES))) {
      throw new RefusedException("node certificate: node " + node + " did not vouch for its key");
    }
    return node;
  }

  /** The signature is the last thing in the certificate: a bit string without unused bits. */
  private static void checkSpelling(X509Certificate certificate)
      throws CertificateEncodingException {
    byte[] encoded = certificate.getEncoded();
    int unusedBitsAt = encoded.length - certificate.getSignature().length - 1;
    check(unusedBitsAt > 0 && encoded[unusedBitsAt] == 0, "a signature that is not DER");
  }

  private static void checkShape(X509Certificate certificate) {
    check(certificate.getVersion() == V3, "not X.509 version 3");
    check(
        ECDSA_WITH_SHA256_OID.equals(certificate.getSigAlgOID()),
        "signed with " + certificate.getSigAlgName());
    check(
        certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal()),
        "not self-issued");
    check(certificate.getBasicConstraints() == NOT_A_CA, "of a certificate authority");
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    check(
        critical == null || Set.of(Extension.keyUsage.getId()).containsAll(critical),
        "with a critical extension unknown here");
    boolean[] usage = certificate.getKeyUsage();
    check(usage == null || usage[0], "not for digital signatures");
  }

  private static void checkTimes(X509Certificate certificate, long nowMillis) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    check(
        Duration.between(from, to).compareTo(VALIDITY_MAX) <= 0,
        "valid for more than " + VALIDITY_MAX.toDays() + " days");
    Instant now = Instant.ofEpochMilli(nowMillis);
    if (now.isBefore(from) || now.isAfter(to)) {
      throw new RefusedException(
          "node certificate: valid from " + from + " to " + to + ", not at " + now);
    }
  }

  /** The one alternative name, a node's URI in its one spelling. */
  private static String uri(X509Certificate certificate) {
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (GeneralSecurityException e) {
      throw new MalformedException("node certificate: alternative names that cannot be read", e);
    }
    check(names != null && names.size() == 1, "not exactly one alternative name");
    List<?> name = names.iterator().next();
    check(
        Integer.valueOf(GENERAL_NAME_URI).equals(name.get(0))
            && name.get(1) instanceof String text
            && text.startsWith(URI_PREFIX),
        "its alternative name is no URI " + URI_PREFIX + "…");
    return (String) name.get(1);
  }

  private static Bytes voucher(X509Certificate certificate) {
    byte[] der = certificate.getExtensionValue(VOUCHER_OID);
    check(der != null, "no extension " + VOUCHER_OID);
    Bytes value = Bytes.wrap(der);
    check(
        value.length() == VOUCHER_HEAD.length() + VOUCHER_BYTES && value.startsWith(VOUCHER_HEAD),
        "an extension " + VOUCHER_OID + " of another form");
    return value.slice(VOUCHER_HEAD.length());
  }

  private static Bytes statement(Bytes tlsKey, long notBefore, long notAfter) {
    return Bytes.concat(STATEMENT, tlsKey, Bytes.u64(notBefore), Bytes.u64(notAfter));
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new MalformedException("node certificate: " + what);
    }
  }
}
