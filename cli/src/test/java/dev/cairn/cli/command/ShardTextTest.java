package dev.cairn.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement.Declared;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.Shards;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardTextTest {
  /** Members that leave so many gaps between them: one before each, and one behind the last. */
  private static ShardText.Gaps gaps(int count) {
    TreeMap<NodeId, Declared> declared = new TreeMap<>();
    for (int i = 1; i < count; i++) {
      String range = String.format(Locale.ROOT, "%02x80..%02xc0", i, i);
      declared.put(
          new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8(range))),
          new Fixed(HashRange.parse(range)));
    }
    return ShardText.Gaps.of(new Shards(declared));
  }

  @Test
  void theFirstGapsAreNamedAndTheOthersCounted() {
    assertThat(gaps(2).lines()).hasSize(2);
    assertThat(gaps(2).addTo(new JsonObject()))
        .hasToString("{\"gaps\":[\"..018\",\"01c..\"],\"moreGaps\":0}");
    assertThat(gaps(32).lines()).hasSize(32);
    assertThat(gaps(32).more()).isZero();
    ShardText.Gaps many = gaps(100);
    assertThat(many.named()).hasSize(32).startsWith("..018").endsWith("1fc..208");
    assertThat(many.more()).isEqualTo(68);
    assertThat(many.lines()).hasSize(33).last().asString().startsWith("68 more ranges");
  }
}
