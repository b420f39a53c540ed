package dev.cairn.federation.tls;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.time.WallClock;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.util.Base64;

/**
 * A fresh TLS key and the node certificate for it, as text (RFC 7468) for TLS libraries of other
 * languages.
 *
 * @param certificate X.509, one
 * @param privateKey PKCS #8, not encrypted; never printed
 * @param notAfterMillis when it must have been replaced, since 1970
 */
public record PemCredential(String certificate, String privateKey, long notAfterMillis) {
  private static final int LINE_CHARS = 64;

  /** A credential that the node with this key vouches for. */
  public static PemCredential create(SigningKey node, WallClock clock) {
    NodeCertificate.Credential made = NodeCertificate.create(node, clock.millis());
    try {
      return new PemCredential(
          pem("CERTIFICATE", made.certificate().getEncoded()),
          pem("PRIVATE KEY", made.privateKey().getEncoded()),
          made.certificate().getNotAfter().toInstant().toEpochMilli());
    } catch (CertificateEncodingException e) {
      throw new AssertionError("a certificate that was just made has an encoding", e);
    }
  }

  private static String pem(String label, byte[] der) {
    Base64.Encoder lines =
        Base64.getMimeEncoder(LINE_CHARS, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN "
        + label
        + "-----\n"
        + lines.encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  @Override
  public String toString() {
    return "PemCredential[until " + notAfterMillis + "]";
  }
}
