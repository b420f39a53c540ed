package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LiveCountsTest {
  @Test
  void countsAreToldInWordsAsFindingsShowThem() {
    assertThat(new LiveCounts(31, 2, 1)).hasToString("31 artifacts, 2 edges, 1 receipt");
  }
}
