package dev.cairn.federation.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.MalformedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:7000",
        "127.0.0.1:0",
        "node-3.example.org:65535",
        "[::1]:7000",
        "[fe80::1%eth0]:7000",
        "unix:/run/cairn/socket",
        "unix:relative:with colon"
      })
  void addressesComeBackAsTheyWereWritten(String text) {
    assertThat(PeerAddress.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "localhost:",
        ":7000",
        "localhost:65536",
        "localhost:-1",
        "localhost:7000 ",
        "local host:7000",
        "::1:7000",
        "[::1]",
        "[localhost]:7000",
        "[]:7000",
        "http://localhost:7000",
        "user@localhost:7000",
        "unix:",
        "unix:a\0b"
      })
  void anythingElseIsMalformed(String text) {
    assertThatThrownBy(() -> PeerAddress.parse(text))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("address");
  }

  @ParameterizedTest
  @ValueSource(ints = {108, 5_000})
  void aPathThatNoSocketCanHaveIsMalformed(int bytes) {
    assertThatThrownBy(() -> PeerAddress.parse("unix:" + "x".repeat(bytes)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(bytes + " bytes");
  }
}
