package dev.cairn.federation.tls;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.tls.NodeCertificate.Credential;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.TreeMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * What this node shows in a handshake: a TLS key that lives only in memory, and a certificate in
 * which the node's key vouches for it.
 *
 * <p>Made at start, and made anew when half of its validity is over, so that a server may run for
 * ever. Safe for any thread.
 */
public final class TlsIdentity {
  private static final Duration RENEW_AFTER = NodeCertificate.VALID_AFTER.dividedBy(2);
  private static final int CREDENTIALS_KEPT = 2;
  private static final String KEY_TYPE = "EC";

  private final SigningKey nodeKey;
  private final WallClock clock;

  /** By alias. A handshake in progress may still ask for the one before the last. */
  private final NavigableMap<Long, Credential> credentials = new TreeMap<>();

  private long madeAtMillis;

  /** The identity of the node that holds {@code nodeKey}. */
  public TlsIdentity(SigningKey nodeKey, WallClock clock) {
    this.nodeKey = nodeKey;
    this.clock = clock;
    renew(clock.millis());
  }

  /** Who this is. */
  public NodeId node() {
    return NodeId.of(nodeKey.publicKey());
  }

  /** Shows the certificate to whoever asks. */
  public X509ExtendedKeyManager keyManager() {
    return new KeyManager();
  }

  /** Judges the certificates of others by the same clock. */
  public NodeTrustManager trustManager(TrustPolicy policy) {
    return new NodeTrustManager(policy, clock);
  }

  /** The certificate shown now. */
  public synchronized X509Certificate certificate() {
    return credential(currentAlias()).certificate();
  }

  private synchronized String currentAlias() {
    long now = clock.millis();
    if (Math.abs(now - madeAtMillis) > RENEW_AFTER.toMillis()) {
      renew(now);
    }
    return Long.toString(credentials.lastKey());
  }

  private synchronized Credential credential(String alias) {
    return credentials.getOrDefault(Long.parseLong(alias), credentials.lastEntry().getValue());
  }

  private synchronized void renew(long nowMillis) {
    long alias = credentials.isEmpty() ? 0 : credentials.lastKey() + 1;
    credentials.put(alias, NodeCertificate.create(nodeKey, nowMillis));
    madeAtMillis = nowMillis;
    if (credentials.size() > CREDENTIALS_KEPT) {
      credentials.pollFirstEntry();
    }
  }

  private final class KeyManager extends X509ExtendedKeyManager {
    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return aliases(keyType);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return aliases(keyType);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return choose(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return choose(keyTypes);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return choose(keyType);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return choose(keyType);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {credential(alias).certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return credential(alias).privateKey();
    }

    private String @Nullable [] aliases(String keyType) {
      String alias = choose(keyType);
      return alias == null ? null : new String[] {alias};
    }

    private @Nullable String choose(String... keyTypes) {
      for (String keyType : keyTypes) {
        if (keyType.equals(KEY_TYPE)) {
          return currentAlias();
        }
      }
      return null;
    }
  }
}
