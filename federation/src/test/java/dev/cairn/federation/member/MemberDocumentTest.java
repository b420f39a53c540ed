package dev.cairn.federation.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.FormatDocument;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The vectors of {@code docs/format/member.md}. */
class MemberDocumentTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("member.md");
  private static final NodeId OTHER = new NodeId(Bytes.fromHex("00".repeat(31) + "02"));
  private static final NodeId THIRD = new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8("third")));

  private static Bytes vector(String name) {
    Bytes vector = VECTORS.get(name);
    if (vector == null) {
      throw new AssertionError("member.md lacks " + name);
    }
    return vector;
  }

  private static void check(String name, MemberStatement statement) {
    assertThat(statement.encode()).as(name).isEqualTo(vector(name + ".payload"));
    assertThat(MemberStatement.decode(statement.encode())).isEqualTo(statement);
    assertThat(statement.key().bytes()).as(name).isEqualTo(vector(name + ".key"));
  }

  @Test
  void thePageAndTheCodeAgree() {
    NodeId self = MemberStatement.decode(vector("joining.payload")).speaker();
    TreeMap<Origin, Long> held = new TreeMap<>();
    check("joining", new MemberStatement.Joining(self, held));
    held.put(new Origin(OTHER, 2), 300L);
    held.put(new Origin(THIRD, 1), 7L);
    check("acknowledgement", new MemberStatement.Acknowledgement(self, held));
    check("eviction", new MemberStatement.Ending(self, new Origin(OTHER, 2), 41, "gone since May"));
    check("leaving", new MemberStatement.Ending(self, new Origin(self, 1), 3, null));
    assertThat(self.toString()).startsWith("f264296bb7b5f1ee");
    assertThat(VECTORS.keySet().stream().filter(name -> !name.startsWith("refused."))).hasSize(8);
  }

  @Test
  void noReaderTakesWhatIsRefused() {
    VECTORS.forEach(
        (name, bytes) -> {
          if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> MemberStatement.decode(bytes))
                .as(name)
                .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
          }
        });
    assertThat(VECTORS.keySet().stream().filter(name -> name.startsWith("refused."))).hasSize(11);
  }
}
