package dev.cairn.federation.node;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.tls.PemCredential;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Who a client of the API is that has no store and is written in another language: a directory with
 * the three files that its TLS library wants.
 *
 * <pre>
 *   DIR/node.key          the client's secret key, as that of a node; it makes who the client is
 *   DIR/key.pem           the secret key of TLS, which node.key vouches for, PKCS #8
 *   DIR/certificate.pem   its certificate, valid for 30 days
 * </pre>
 *
 * <p>The two secret keys are readable by their owner alone. One writer at a time.
 *
 * @param node who the client is: what {@code cairn peer grant} is told
 * @param certificate where the certificate lies
 * @param key where the key for it lies
 * @param notAfterMillis when both must have been renewed, since 1970
 */
public record ClientDirectory(NodeId node, Path certificate, Path key, long notAfterMillis) {
  private static final String CERTIFICATE = "certificate.pem";
  private static final String TLS_KEY = "key.pem";

  /**
   * Makes the directory, or makes certificate and TLS key anew for the client that it is of.
   *
   * @throws RefusedException if there is something else, a store among them
   */
  public static ClientDirectory renew(Path directory, WallClock clock) {
    try {
      if (Files.exists(directory.resolve(StoreDirectory.FORMAT))) {
        throw new RefusedException(directory + " is a store, whose node needs no such files");
      }
      Files.createDirectories(directory);
      Path keyFile = directory.resolve(StoreDirectory.KEY);
      if (!Files.exists(keyFile)) {
        SigningKey fresh = SigningKey.fromSeed(Entropy.system().bytes(SigningKey.SEED_BYTES));
        replace(keyFile, KeyFile.encode(fresh), true);
      }
      SigningKey key = StoreDirectory.key(directory);
      PemCredential made = PemCredential.create(key, clock);
      Path certificate = directory.resolve(CERTIFICATE);
      Path tlsKey = directory.resolve(TLS_KEY);
      replace(tlsKey, made.privateKey(), true);
      replace(certificate, made.certificate(), false);
      return new ClientDirectory(
          NodeId.of(key.publicKey()), certificate, tlsKey, made.notAfterMillis());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void replace(Path file, String text, boolean secret) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(draft);
    StoreDirectory.writeText(draft, text, secret);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
