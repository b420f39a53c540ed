package dev.cairn.federation.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.tls.NodeTrustManager;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientDirectoryTest {
  private static final long DAY_MILLIS = 86_400_000;

  private final WallClock clock = WallClock.system();
  @TempDir Path folder;

  private static X509Certificate read(Path file) throws IOException, CertificateException {
    try (InputStream in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static void check(X509Certificate shown, List<NodeId> met, WallClock at)
      throws CertificateException {
    new NodeTrustManager(met::add, at).checkClientTrusted(new X509Certificate[] {shown}, "UNKNOWN");
  }

  @Test
  void theFilesProveTheClientWithTheLibrariesOfOthers()
      throws IOException, GeneralSecurityException {
    ClientDirectory made = ClientDirectory.renew(folder.resolve("client"), clock);
    X509Certificate shown = read(made.certificate());
    List<NodeId> met = new ArrayList<>();
    check(shown, met, clock);
    assertThat(met).containsExactly(made.node());
    assertThat(made.notAfterMillis()).isEqualTo(shown.getNotAfter().toInstant().toEpochMilli());

    String pem = Files.readString(made.key());
    byte[] der =
        Base64.getMimeDecoder()
            .decode(
                pem.replace("-----BEGIN PRIVATE KEY-----", "")
                    .replace("-----END PRIVATE KEY-----", ""));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)));
    signature.update(new byte[] {1, 2, 3});
    byte[] signed = signature.sign();
    signature.initVerify(shown.getPublicKey());
    signature.update(new byte[] {1, 2, 3});
    assertThat(signature.verify(signed)).isTrue();
  }

  @Test
  void renewedItIsTheSameClientWithAnotherCertificate() throws Exception {
    ClientDirectory first = ClientDirectory.renew(folder, clock);
    String certificate = Files.readString(first.certificate());
    WallClock later = () -> clock.millis() + 20 * DAY_MILLIS;
    ClientDirectory second = ClientDirectory.renew(folder, later);
    assertThat(second.node()).isEqualTo(first.node());
    assertThat(Files.readString(second.certificate())).isNotEqualTo(certificate);
    check(read(second.certificate()), new ArrayList<>(), later);
    assertThatThrownBy(
            () ->
                check(
                    read(second.certificate()),
                    new ArrayList<>(),
                    () -> clock.millis() + 51 * DAY_MILLIS))
        .isInstanceOf(CertificateException.class)
        .hasCauseInstanceOf(CairnException.class);
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("node.key", "key.pem", "certificate.pem");
    }
  }

  @Test
  void secretsAreTheirOwnersAndShownNowhere() throws IOException {
    ClientDirectory made = ClientDirectory.renew(folder, clock);
    for (Path secret : List.of(made.key(), folder.resolve("node.key"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
          .isEqualTo("rw-------");
    }
    assertThat(made.toString()).doesNotContain("BEGIN");
  }

  @Test
  void aStoreIsLeftAlone() throws IOException {
    Path store = folder.resolve("store");
    StoreDirectory.init(store, "default");
    String key = Files.readString(store.resolve("node.key"));
    assertThatThrownBy(() -> ClientDirectory.renew(store, clock))
        .isInstanceOf(RefusedException.class);
    assertThat(Files.readString(store.resolve("node.key"))).isEqualTo(key);
    assertThat(store.resolve("key.pem")).doesNotExist();
  }

  @Test
  void aKeyThatIsNoneIsNotReplaced() throws IOException {
    Files.writeString(folder.resolve("node.key"), "something else");
    assertThatThrownBy(() -> ClientDirectory.renew(folder, clock))
        .isInstanceOf(MalformedException.class);
    assertThat(folder.resolve("node.key")).hasContent("something else");
    assertThat(folder.resolve("key.pem")).doesNotExist();
  }
}
