package dev.cairn.cli.attestation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A public key that checks signatures of others: Ed25519 (RFC 8032), or ECDSA over the curve P-256
 * with SHA-256 (FIPS 186-5) and signatures in DER.
 *
 * <p>Read from PEM (RFC 7468): {@code PUBLIC KEY}, or {@code CERTIFICATE}, of which only the key is
 * taken: neither its time nor its issuer is looked at. Safe for any thread.
 */
public final class VerificationKey {
  /** Longest PEM text, in bytes. */
  public static final int PEM_BYTES_MAX = 1 << 16;

  /** What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410). */
  private static final Bytes ED25519_HEAD = Bytes.fromHex("302a300506032b6570032100");

  /** What stands before the 65 bytes of an uncompressed point of P-256 (RFC 5480). */
  private static final Bytes P256_HEAD =
      Bytes.fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

  private static final int P256_POINT_BYTES = 65;
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN (PUBLIC KEY|CERTIFICATE)-----\\s([A-Za-z0-9+/=\\s]+)"
              + "-----END (PUBLIC KEY|CERTIFICATE)-----");

  private final Bytes encoded;
  private final @Nullable PublicKey ed25519;
  private final @Nullable ECPublicKey p256;

  private VerificationKey(Bytes encoded, @Nullable PublicKey ed25519, @Nullable ECPublicKey p256) {
    this.encoded = encoded;
    this.ed25519 = ed25519;
    this.p256 = p256;
  }

  /** The first key in a PEM text. */
  public static VerificationKey ofPem(Bytes pem) {
    Matcher block = PEM.matcher(new String(pem.toArray(), StandardCharsets.ISO_8859_1));
    if (pem.length() > PEM_BYTES_MAX || !block.find() || !block.group(1).equals(block.group(3))) {
      throw new MalformedException("no PUBLIC KEY or CERTIFICATE in PEM");
    }
    Bytes der;
    try {
      der = Bytes.wrap(Base64.getMimeDecoder().decode(block.group(2)));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("PEM: not base64", e);
    }
    return block.group(1).equals("CERTIFICATE") ? ofCertificate(der) : ofEncoded(der);
  }

  private static VerificationKey ofCertificate(Bytes der) {
    try {
      return ofEncoded(
          Bytes.wrap(
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der.toArray()))
                  .getPublicKey()
                  .getEncoded()));
    } catch (CertificateException e) {
      throw new MalformedException("not an X.509 certificate", e);
    }
  }

  /** The key of a SubjectPublicKeyInfo in DER. */
  public static VerificationKey ofEncoded(Bytes der) {
    if (der.startsWith(ED25519_HEAD)
        && der.length() == ED25519_HEAD.length() + PublicKey.KEY_BYTES) {
      return of(PublicKey.of(der.slice(ED25519_HEAD.length())));
    }
    if (der.startsWith(P256_HEAD) && der.length() == P256_HEAD.length() + P256_POINT_BYTES) {
      try {
        return new VerificationKey(
            der,
            null,
            (ECPublicKey)
                KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der.toArray())));
      } catch (GeneralSecurityException e) {
        throw new MalformedException("public key: not a point of P-256", e);
      }
    }
    throw new MalformedException("public key: neither Ed25519 nor ECDSA over P-256");
  }

  /** An Ed25519 key, such as a node's. */
  public static VerificationKey of(PublicKey key) {
    return new VerificationKey(Bytes.concat(ED25519_HEAD, key.encoded()), key, null);
  }

  /** Its SubjectPublicKeyInfo in DER. */
  public Bytes encoded() {
    return encoded;
  }

  /** Its PEM text. */
  public String toPem() {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded.toArray());
    return "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
  }

  /** True if {@code signature} is this key's over {@code message}. */
  public boolean verifies(Bytes message, Bytes signature) {
    if (ed25519 != null) {
      return ed25519.verifies(message, signature);
    }
    try {
      Signature verifier = Signature.getInstance("SHA256withECDSA");
      verifier.initVerify(p256);
      verifier.update(message.toArray());
      return verifier.verify(signature.toArray());
    } catch (SignatureException e) {
      return false; // not the DER of two integers
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform here has ECDSA", e);
    }
  }
}
