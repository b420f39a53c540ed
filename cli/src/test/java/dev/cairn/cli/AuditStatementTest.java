package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Audits whose result is signed, and the choice of what they fail on. */
class AuditStatementTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private Shell a;
  private Shell b;

  @BeforeEach
  void makeStores() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    b = new Shell(Files.createDirectory(folder.resolve("B")));
    a.run("init").ok();
    b.run("init").ok();
    a.put("one", "first");
    b.run("sync", "../A/.cairn").ok();
  }

  private Path at(String name) {
    return folder.resolve("A").resolve(name);
  }

  /** Verifies the envelope as DSSE 1.0.2 says, by the platform's own Ed25519. */
  private static JsonNode statement(Path file, PublicKey key)
      throws IOException, GeneralSecurityException {
    JsonNode envelope = JSON.readTree(Files.readString(file));
    assertThat(envelope.get("payloadType").asText()).isEqualTo("application/vnd.in-toto+json");
    byte[] payload = Base64.getDecoder().decode(envelope.get("payload").asText());
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes(
        ("DSSEv1 28 application/vnd.in-toto+json " + payload.length + " ")
            .getBytes(StandardCharsets.US_ASCII));
    signed.writeBytes(payload);
    Signature verifier = Signature.getInstance("Ed25519");
    verifier.initVerify(key);
    verifier.update(signed.toByteArray());
    byte[] signature = Base64.getDecoder().decode(envelope.at("/signatures/0/sig").asText());
    assertThat(verifier.verify(signature)).isTrue();
    return JSON.readTree(payload);
  }

  private static PublicKey publicKey(Path pem) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(pem).replaceAll("-----[A-Z ]+-----|\\s", "");
    return KeyFactory.getInstance("Ed25519")
        .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  private void writeSecret(KeyPair pair, Path file) throws IOException {
    String base64 =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPrivate().getEncoded());
    Files.writeString(
        file, "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
  }

  @Test
  void theStatementNamesEveryRootAndIsSignedWithTheNodesKey() throws Exception {
    Shell.Outcome audit =
        a.run(
                "audit",
                ".cairn",
                "../B",
                "--json",
                "--sign",
                "audit.json",
                "--public-key",
                "audit.pem")
            .ok();
    JsonNode report = audit.json();
    JsonNode statement = statement(at("audit.json"), publicKey(at("audit.pem")));
    assertThat(statement.get("_type").asText()).isEqualTo("https://in-toto.io/Statement/v1");
    assertThat(statement.get("predicateType").asText()).isEqualTo("urn:cairn:predicate:audit:v1");
    assertThat(statement.get("subject")).as("two states and the one log").hasSize(3);
    assertThat(statement.at("/subject/0/digest/cairnStateRoot").asText())
        .isEqualTo(report.at("/sources/0/stateRoot").asText());
    assertThat(statement.at("/subject/1/name").asText())
        .isEqualTo(report.at("/sources/0/heads/0/origin").asText());
    assertThat(statement.at("/subject/1/digest/cairnLogRoot").asText())
        .isEqualTo(report.at("/sources/0/heads/0/root").asText());
    JsonNode predicate = statement.get("predicate");
    assertThat(predicate.get("verified").asBoolean()).isTrue();
    assertThat(predicate.get("verdict").asText()).isEqualTo("verified");
    assertThat(predicate.get("reexecuted").asBoolean()).isFalse();
    assertThat(predicate.get("findings")).isEmpty();
    assertThat(predicate.at("/sources/1/heads/0/treeSize").asText()).isEqualTo("1");
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(audit.outBytes());
    assertThat(predicate.at("/report/digest/sha256").asText())
        .as("the report as --json prints it")
        .isEqualTo(HexFormat.of().formatHex(digest));
  }

  @Test
  void theSameAuditIsTheSameStatementByteForByte() throws IOException {
    a.run("audit", ".cairn", "--sign", "first.json").ok();
    a.run("audit", ".cairn", "--sign", "second.json").ok();
    assertThat(Files.readString(at("second.json"))).isEqualTo(Files.readString(at("first.json")));
  }

  @Test
  void anAuditorWithoutANodeSignsWithAKeyOfItsOwn() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    writeSecret(pair, folder.resolve("auditor.pem"));
    Shell top = new Shell(folder);
    top.run("audit", "A", "--sign", "audit.json", "--sign-key", "auditor.pem").ok();
    assertThat(statement(folder.resolve("audit.json"), pair.getPublic()).at("/subject/0/name"))
        .hasToString("\"A\"");
  }

  @Test
  void whatLagsIsSignedToo() throws Exception {
    a.put("two", "only A");
    Shell.Outcome audit =
        a.run("audit", ".cairn", "../B", "--sign", "audit.json", "--public-key", "audit.pem");
    assertThat(audit.code()).isZero();
    JsonNode predicate = statement(at("audit.json"), publicKey(at("audit.pem"))).get("predicate");
    assertThat(predicate.get("verified").asBoolean()).isTrue();
    assertThat(predicate.at("/findings/0/kind").asText()).isEqualTo("lag");
    assertThat(predicate.at("/findings/0/severity").asText()).isEqualTo("note");
    assertThat(predicate.at("/lags/0/source").asText()).isEqualTo("../B");
    assertThat(predicate.at("/lags/0/behind").asText()).isEqualTo("1");
  }

  @Test
  void whatIsWrongIsSignedToo() throws Exception {
    Files.writeString(at("torn.cairn"), "cairn bundle, but no more");
    Shell.Outcome audit =
        a.run("audit", ".cairn", "torn.cairn", "--sign", "audit.json", "--public-key", "audit.pem");
    assertThat(audit.code()).isEqualTo(1);
    JsonNode predicate = statement(at("audit.json"), publicKey(at("audit.pem"))).get("predicate");
    assertThat(predicate.get("verified").asBoolean()).isFalse();
    assertThat(predicate.at("/findings/0/kind").asText()).isEqualTo("bundle");
    assertThat(predicate.at("/findings/0/severity").asText()).isEqualTo("error");
  }

  @Test
  void whatCannotSignIsSaidBeforeTheAudit() throws Exception {
    Shell top = new Shell(folder);
    Shell.Outcome noKey = top.run("audit", "A", "--sign", "audit.json");
    assertThat(noKey.code()).isEqualTo(2);
    assertThat(noKey.err()).contains("--sign-key");
    Files.writeString(folder.resolve("bad.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n");
    Shell.Outcome badKey = top.run("audit", "A", "--sign", "audit.json", "--sign-key", "bad.pem");
    assertThat(badKey.code()).isEqualTo(2);
    assertThat(badKey.err()).contains("bad.pem: no PRIVATE KEY");
    writeSecret(
        KeyPairGenerator.getInstance("X25519").generateKeyPair(), folder.resolve("x25519.pem"));
    Shell.Outcome otherKind =
        top.run("audit", "A", "--sign", "audit.json", "--sign-key", "x25519.pem");
    assertThat(otherKind.code()).isEqualTo(2);
    assertThat(otherKind.err()).contains("not Ed25519");
    assertThat(a.run("audit", ".cairn", "--public-key", "audit.pem").code()).isEqualTo(2);
    assertThat(a.run("audit", ".cairn", "--sign", "nowhere/audit.json").code()).isEqualTo(3);
    assertThat(folder.resolve("audit.json")).doesNotExist();
  }

  @Test
  void whereNothingCouldBeReadNothingIsSigned() throws IOException {
    Files.writeString(at("torn.cairn"), "cairn bundle, but no more");
    Shell.Outcome audit = a.run("audit", "torn.cairn", "--sign", "audit.json");
    assertThat(audit.code()).isEqualTo(1);
    assertThat(audit.err()).contains("nothing to sign");
    assertThat(at("audit.json")).doesNotExist();
  }

  @Test
  void failOnChoosesFromWhichSeverityOnTheExitCodeTells() throws IOException {
    a.put("two", "only A");
    a.run("audit", ".cairn", "../B").ok();
    a.run("audit", ".cairn", "../B", "--fail-on", "warning").ok();
    assertThat(a.run("audit", ".cairn", "../B", "--fail-on", "note").code()).isEqualTo(1);
    Shell.Outcome lag = a.run("audit", ".cairn", "../B", "--fail-on", "lag", "--json");
    assertThat(lag.code()).isEqualTo(1);
    assertThat(lag.json().get("verified").asBoolean()).as("nothing is wrong").isTrue();
    Files.writeString(at("torn.cairn"), "cairn bundle, but no more");
    assertThat(a.run("audit", "torn.cairn").code()).isEqualTo(1);
    Shell.Outcome quiet = a.run("audit", "torn.cairn", "--fail-on", "misbehaviour", "--json");
    assertThat(quiet.code()).isZero();
    assertThat(quiet.json().get("verified").asBoolean()).as("still told").isFalse();
    Shell.Outcome unknown = a.run("audit", ".cairn", "--fail-on", "all");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("none of note, warning, undecided, error, misbehaviour, lag");
  }
}
