package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProtocolLimitsTest {
  @Test
  void whatLiesUnreceivedPutsALimitOffAndNotForEver() {
    assertThat(ProtocolLimits.isOverdue(1_000, 1_059, 1_059, 60)).isFalse();
    assertThat(ProtocolLimits.isOverdue(1_000, 1_060, 1_060, 60)).isTrue();
    assertThat(ProtocolLimits.isOverdue(1_000, 1_060, 1_059, 60)).isFalse();
    assertThat(ProtocolLimits.isOverdue(1_000, 1_599, 1_000, 60)).isFalse();
    assertThat(ProtocolLimits.isOverdue(1_000, 1_600, 1_000, 60)).isTrue();
  }
}
