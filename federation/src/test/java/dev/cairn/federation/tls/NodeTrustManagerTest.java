package dev.cairn.federation.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.tls.NodeCertificate.Credential;
import java.io.ByteArrayInputStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.junit.jupiter.api.Test;

/** Certificates of every kind that a hostile or a careless peer may show. */
class NodeTrustManagerTest {
  private static final long NOW_MILLIS = 1_800_000_000_123L;
  private static final long NOT_BEFORE = NOW_MILLIS / 1_000 - 3_600;
  private static final long NOT_AFTER = NOW_MILLIS / 1_000 + Duration.ofDays(30).toSeconds();
  private static final SigningKey NODE = key(1);
  private static final SigningKey OTHER_NODE = key(2);
  private static final String URI = "cairn:node:" + NodeId.of(NODE.publicKey());

  private final AtomicLong now = new AtomicLong(NOW_MILLIS);
  private final WallClock clock = now::get;
  private final NodeTrustManager anyone = new NodeTrustManager(TrustPolicy.anyNode(), clock);
  private final KeyPair tls = ecKey("secp256r1");

  @Test
  void aNodesOwnCertificateIsAcceptedBothWays() {
    X509Certificate certificate = new TlsIdentity(NODE, clock).certificate();
    assertAccepted(certificate);
    assertThatCode(() -> anyone.checkServerTrusted(new X509Certificate[] {certificate}, "EC"))
        .doesNotThrowAnyException();
    assertThat(NodeCertificate.verify(certificate, NOW_MILLIS))
        .isEqualTo(NodeId.of(NODE.publicKey()));
  }

  @Test
  void whatTheTestsBuildByHandIsAcceptedWhileNothingIsWrongWithIt() {
    assertAccepted(vouched(profile(tls, URI)));
  }

  @Test
  void exactlyOneCertificateMayBeShown() {
    X509Certificate certificate = new TlsIdentity(NODE, clock).certificate();
    assertRefused(MalformedException.class, "a chain of 2", certificate, certificate);
    assertRefused(MalformedException.class, "a chain of 0");
  }

  @Test
  void twoUriNamesAreRefused() {
    String other = "cairn:node:" + NodeId.of(OTHER_NODE.publicKey());
    assertRefused("not exactly one alternative name", vouched(profile(tls, URI, other)));
    assertRefused("not exactly one alternative name", vouched(profile(tls, URI, URI)));
    // From JDK 25 on, the JDK itself finds no way to read an empty list of names.
    assertRefused("alternative name", vouched(profile(tls)));
  }

  @Test
  void aNameOfAnotherKindIsRefused() {
    JcaX509v3CertificateBuilder builder = bare();
    NodeCertificate.add(
        builder,
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.dNSName, "node.example")));
    assertRefused("is no URI", vouched(builder));
    assertRefused("is no URI", vouched(profile(tls, "https://node.example/")));
  }

  @Test
  void aNameInAnotherSpellingIsRefused() {
    assertRefused("node id", vouched(profile(tls, URI + ".")));
    assertRefused("node id", vouched(profile(tls, URI + "/")));
    assertRefused("node id", vouched(profile(tls, "cairn:node:")));
    assertRefused(
        "node id",
        vouched(
            profile(
                tls,
                "cairn:node:"
                    + URI.substring("cairn:node:".length()).toUpperCase(java.util.Locale.ROOT))));
    assertRefused("is no URI", vouched(profile(tls, "CAIRN:node:" + URI.substring(11))));
  }

  @Test
  void aCertificateAuthorityIsNoNode() {
    JcaX509v3CertificateBuilder builder = profile(tls, URI);
    NodeCertificate.add(builder, Extension.basicConstraints, false, new BasicConstraints(true));
    assertRefused("certificate authority", vouched(builder));
  }

  @Test
  void aCertificateOutsideOfItsTimeIsRefused() {
    X509Certificate certificate = vouched(profile(tls, URI));
    now.set(NOT_BEFORE * 1_000 - 1);
    assertRefused(RefusedException.class, "valid from", certificate);
    now.set(NOT_BEFORE * 1_000);
    assertAccepted(certificate);
    now.set(NOT_AFTER * 1_000);
    assertAccepted(certificate);
    now.set(NOT_AFTER * 1_000 + 1);
    assertRefused(RefusedException.class, "not at 2027-02-14", certificate);
  }

  @Test
  void aCertificateForYearsIsRefused() {
    long later = NOT_BEFORE + Duration.ofDays(32).toSeconds();
    JcaX509v3CertificateBuilder builder = NodeCertificate.builder(tls, NOT_BEFORE, later, URI);
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(NODE, spki(tls), NOT_BEFORE, later));
    assertRefused("more than 31 days", sign(builder, tls));
  }

  @Test
  void aVoucherDoesNotCoverOtherTimes() {
    JcaX509v3CertificateBuilder builder =
        NodeCertificate.builder(tls, NOT_BEFORE, NOT_AFTER - 60, URI);
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(NODE, spki(tls), NOT_BEFORE, NOT_AFTER));
    assertRefused(RefusedException.class, "did not vouch", sign(builder, tls));
  }

  @Test
  void aMissingOrMisshapenVoucherIsRefused() {
    assertRefused("no extension", sign(profile(tls, URI), tls));
    Bytes good = NodeCertificate.voucher(NODE, spki(tls), NOT_BEFORE, NOT_AFTER);
    for (Bytes bad : new Bytes[] {Bytes.EMPTY, good.slice(0, 95), good.plus(Bytes.utf8("x"))}) {
      JcaX509v3CertificateBuilder builder = profile(tls, URI);
      NodeCertificate.addVoucher(builder, bad);
      assertRefused("of another form", sign(builder, tls));
    }
  }

  @Test
  void theVoucherOfAnotherTlsKeyIsRefused() {
    KeyPair stolenFrom = ecKey("secp256r1");
    JcaX509v3CertificateBuilder builder = profile(tls, URI);
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(NODE, spki(stolenFrom), NOT_BEFORE, NOT_AFTER));
    assertRefused(RefusedException.class, "did not vouch", sign(builder, tls));
  }

  @Test
  void theVoucherOfAnotherNodeIsRefused() {
    JcaX509v3CertificateBuilder builder = profile(tls, URI);
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(OTHER_NODE, spki(tls), NOT_BEFORE, NOT_AFTER));
    assertRefused(RefusedException.class, "vouches for it", sign(builder, tls));
  }

  @Test
  void anotherNodesPublicKeyWithOnesOwnSignatureIsRefused() {
    Bytes own = NodeCertificate.voucher(OTHER_NODE, spki(tls), NOT_BEFORE, NOT_AFTER);
    JcaX509v3CertificateBuilder builder = profile(tls, URI);
    NodeCertificate.addVoucher(builder, NODE.publicKey().encoded().plus(own.slice(32)));
    assertRefused(RefusedException.class, "did not vouch", sign(builder, tls));
  }

  @Test
  void aCertificateSignedByAnotherKeyIsRefused() {
    JcaX509v3CertificateBuilder builder = profile(tls, URI);
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(NODE, spki(tls), NOT_BEFORE, NOT_AFTER));
    KeyPair authority = ecKey("secp256r1");
    assertRefused(RefusedException.class, "not signed by its own key", sign(builder, authority));
  }

  @Test
  void keysOnOtherCurvesAreRefused() {
    KeyPair p384 = ecKey("secp384r1");
    JcaX509v3CertificateBuilder builder = profile(p384, URI);
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(NODE, spki(p384), NOT_BEFORE, NOT_AFTER));
    assertRefused("P-256", sign(builder, p384));
  }

  @Test
  void unknownCriticalExtensionsAndOtherUsesAreRefused() {
    JcaX509v3CertificateBuilder critical = profile(tls, URI);
    NodeCertificate.add(critical, new ASN1ObjectIdentifier("1.2.3.4"), true, DERNull.INSTANCE);
    assertRefused("critical extension", vouched(critical));
    JcaX509v3CertificateBuilder signer = bareWithUsage(KeyUsage.keyCertSign);
    assertRefused("not for digital signatures", vouched(signer));
  }

  @Test
  void aFlippedBitAnywhereIsRefusedOrUnreadable() throws Exception {
    byte[] good = vouched(profile(tls, URI)).getEncoded();
    Random random = new Random(20_261_121);
    for (int at = 0; at < good.length; at++) {
      assertFlipRefused(good, at, random.nextInt(Byte.SIZE));
    }
  }

  /** The JDK reads a signature whose bit string claims unused bits at its end. */
  @Test
  void theBitStringOfTheSignatureHasOneSpelling() throws Exception {
    X509Certificate certificate = vouched(profile(tls, URI));
    byte[] good = certificate.getEncoded();
    int unusedBitsAt = good.length - certificate.getSignature().length - 1;
    for (int bit = 0; bit < Byte.SIZE; bit++) {
      assertFlipRefused(good, unusedBitsAt, bit);
    }
  }

  private void assertFlipRefused(byte[] good, int at, int bit) {
    byte[] bad = good.clone();
    bad[at] ^= (byte) (1 << bit);
    assertThatThrownBy(() -> anyone.checkClientTrusted(read(bad), "EC"))
        .as("bit %d of byte %d of %d", bit, at, good.length)
        .isInstanceOf(CertificateException.class);
  }

  private static X509Certificate[] read(byte[] der) throws CertificateException {
    return new X509Certificate[] {
      (X509Certificate)
          CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der))
    };
  }

  @Test
  void aPinRefusesEveryoneElseAndNamesBoth() {
    NodeTrustManager pinned =
        new NodeTrustManager(TrustPolicy.pinned(NodeId.of(OTHER_NODE.publicKey())), clock);
    X509Certificate certificate = new TlsIdentity(NODE, clock).certificate();
    assertThatThrownBy(() -> pinned.checkServerTrusted(new X509Certificate[] {certificate}, "EC"))
        .isInstanceOf(CertificateException.class)
        .cause()
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(NodeId.of(NODE.publicKey()).toString())
        .hasMessageContaining(NodeId.of(OTHER_NODE.publicKey()).toString());
  }

  @Test
  void anIdentityRenewsItselfInTimeAndStillServesAHandshakeInProgress() {
    TlsIdentity identity = new TlsIdentity(NODE, clock);
    String[] types = {"EC"};
    String alias = identity.keyManager().chooseEngineClientAlias(types, null, null);
    X509Certificate first = identity.certificate();
    now.addAndGet(Duration.ofDays(16).toMillis());
    assertThat(identity.certificate()).isNotEqualTo(first);
    assertAccepted(identity.certificate());
    assertThat(identity.keyManager().getCertificateChain(alias)).containsExactly(first);
    now.addAndGet(Duration.ofDays(300).toMillis());
    assertAccepted(identity.certificate());
    assertThat(identity.keyManager().chooseEngineServerAlias("RSA", null, null)).isNull();
  }

  private void assertAccepted(X509Certificate certificate) {
    assertThatCode(() -> anyone.checkClientTrusted(new X509Certificate[] {certificate}, "EC"))
        .doesNotThrowAnyException();
  }

  private void assertRefused(String reason, X509Certificate certificate) {
    assertRefused(MalformedException.class, reason, certificate);
  }

  private void assertRefused(
      Class<? extends Exception> type, String reason, X509Certificate... chain) {
    assertThatThrownBy(() -> anyone.checkClientTrusted(chain, "EC"))
        .isInstanceOf(CertificateException.class)
        .cause()
        .isInstanceOf(type)
        .hasMessageContaining(reason);
  }

  private X509Certificate vouched(JcaX509v3CertificateBuilder builder) {
    NodeCertificate.addVoucher(
        builder, NodeCertificate.voucher(NODE, spki(tls), NOT_BEFORE, NOT_AFTER));
    return sign(builder, tls);
  }

  private static JcaX509v3CertificateBuilder profile(KeyPair key, String... uris) {
    return NodeCertificate.builder(key, NOT_BEFORE, NOT_AFTER, uris);
  }

  /** Without any alternative name. */
  private JcaX509v3CertificateBuilder bare() {
    return withoutExtension(profile(tls, URI), Extension.subjectAlternativeName);
  }

  private JcaX509v3CertificateBuilder bareWithUsage(int usage) {
    JcaX509v3CertificateBuilder builder = withoutExtension(profile(tls, URI), Extension.keyUsage);
    NodeCertificate.add(builder, Extension.keyUsage, true, new KeyUsage(usage));
    return builder;
  }

  private static JcaX509v3CertificateBuilder withoutExtension(
      JcaX509v3CertificateBuilder builder, ASN1ObjectIdentifier oid) {
    builder.removeExtension(oid);
    return builder;
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder builder, KeyPair key) {
    Credential credential = NodeCertificate.sign(builder, key);
    return credential.certificate();
  }

  private static Bytes spki(KeyPair key) {
    return Bytes.wrap(key.getPublic().getEncoded());
  }

  private static KeyPair ecKey(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static SigningKey key(int value) {
    byte[] seed = new byte[SigningKey.SEED_BYTES];
    Arrays.fill(seed, (byte) value);
    return SigningKey.fromSeed(Bytes.wrap(seed));
  }
}
