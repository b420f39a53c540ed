package dev.cairn.cli.attestation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads an Ed25519 secret key from PEM: a {@code PRIVATE KEY} (RFC 7468 §10) that holds a
 * OneAsymmetricKey of version 1 (RFC 8410 §7), as {@code openssl genpkey -algorithm ed25519} writes
 * it. Errors never show any of it. Pure.
 */
public final class SecretKeyPem {
  /** Longest PEM text, in bytes. */
  public static final int PEM_BYTES_MAX = 1 << 12;

  /** What stands before the 32 bytes of the seed. */
  private static final Bytes HEAD = Bytes.fromHex("302e020100300506032b657004220420");

  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN PRIVATE KEY-----\\s([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private SecretKeyPem() {}

  /**
   * The key of a PEM text.
   *
   * @throws MalformedException if it holds no such key, or one of another kind
   */
  public static SigningKey read(Bytes pem) {
    Matcher block = PEM.matcher(new String(pem.toArray(), StandardCharsets.ISO_8859_1));
    if (pem.length() > PEM_BYTES_MAX || !block.find()) {
      throw new MalformedException("no PRIVATE KEY in PEM");
    }
    Bytes der;
    try {
      der = Bytes.wrap(Base64.getMimeDecoder().decode(block.group(1)));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("PEM: not base64");
    }
    if (!der.startsWith(HEAD) || der.length() != HEAD.length() + SigningKey.SEED_BYTES) {
      throw new MalformedException("secret key: not Ed25519 in PKCS #8");
    }
    return SigningKey.fromSeed(der.slice(HEAD.length()));
  }
}
