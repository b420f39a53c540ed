package dev.cairn.federation.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.FormatDocument;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds certificates to {@code docs/format/node-certificate.md}. */
class CertificateDocumentTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("node-certificate.md");
  private static final SigningKey NODE =
      SigningKey.fromSeed(FormatDocument.vectors("merkle-log.md").get("seed"));
  private static final long NOT_BEFORE = 1_700_000_000;
  private static final long NOT_AFTER = 1_702_595_600;

  @Test
  void theVoucherHasItsBytes() {
    Bytes voucher = NodeCertificate.voucher(NODE, VECTORS.get("tlsKey"), NOT_BEFORE, NOT_AFTER);
    assertThat(voucher).isEqualTo(VECTORS.get("voucher"));
    assertThat(VECTORS.get("extension")).isEqualTo(Bytes.fromHex("0460").plus(voucher));
    assertThat(NODE.publicKey().verifies(VECTORS.get("statement"), voucher.slice(32))).isTrue();
    assertThat(VECTORS.get("uri"))
        .isEqualTo(Bytes.utf8(NodeCertificate.URI_PREFIX + NodeId.of(NODE.publicKey())));
    assertThat(VECTORS).containsOnlyKeys("tlsKey", "statement", "voucher", "extension", "uri");
  }

  @Test
  void aCertificateHasTheLayoutOfThePage() throws Exception {
    long now = (NOT_BEFORE + 3_600) * 1_000;
    X509Certificate certificate = NodeCertificate.create(NODE, now).certificate();
    assertThat(certificate.getNotBefore().toInstant().getEpochSecond()).isEqualTo(NOT_BEFORE);
    assertThat(certificate.getNotAfter().toInstant().getEpochSecond()).isEqualTo(NOT_AFTER);
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=Cairn node");
    assertThat(certificate.getCriticalExtensionOIDs()).containsExactly("2.5.29.15");
    assertThat(certificate.getNonCriticalExtensionOIDs())
        .containsExactlyInAnyOrder("2.5.29.17", NodeCertificate.VOUCHER_OID);
    assertThat(certificate.getPublicKey().getEncoded()).hasSize(91);
    String page = FormatDocument.text("node-certificate.md");
    assertThat(page)
        .contains(
            "| " + NodeCertificate.VOUCHER_OID + " |",
            "at most " + NodeCertificate.VALIDITY_MAX.toDays() + " days",
            NodeCertificate.VALID_BEFORE.toHours() + " hour before",
            NodeCertificate.VALID_AFTER.toDays() + " days after");
  }
}
