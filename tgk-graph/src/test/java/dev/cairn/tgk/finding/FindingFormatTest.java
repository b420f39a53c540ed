package dev.cairn.tgk.finding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.FormatDocument;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code finding.md}. */
class FindingFormatTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("finding.md");
  private static final long MOMENT = 1_700_000_000_000L;

  private static final Finding MISSING =
      new Finding(
          new RuleId("audit:payload-missing"),
          Severity.ERROR,
          "sha256:caf\u00e9",
          "a payload is gone");
  private static final Occurrence RECORD =
      new Occurrence(
          MISSING.id(),
          "a/.cairn",
          Origin.fromBytes(VECTORS.get("origin")),
          300L,
          ArtifactKey.fromBytes(VECTORS.get("artifact.a")),
          "record 17");
  private static final Observation KNOWN =
      new Observation(RECORD.key(), Origin.fromBytes(VECTORS.get("origin")).node());

  /** The readers by the first word of a vector's name, each giving the bytes that it understood. */
  private static final Map<String, Function<Bytes, Bytes>> READERS =
      new TreeMap<>(
          Map.of(
              "finding", bytes -> Finding.decode(bytes).encode(),
              "occurrence", bytes -> Occurrence.decode(bytes).encode(),
              "observation", bytes -> Observation.decode(bytes).encode(),
              "sighting", bytes -> Sighting.decode(bytes).encode()));

  private final Set<String> checked = new HashSet<>();

  @Test
  void everyLayerHasTheBytesOfThePage() {
    checked.add("artifact.a");
    checked.add("origin");
    assertThat(MISSING.encode()).isEqualTo(take("missing.finding"));
    assertThat(MISSING.id().digest()).isEqualTo(take("missing.id"));
    assertThat(MISSING.key().bytes()).isEqualTo(take("missing.key"));
    assertThat(Finding.decode(MISSING.encode())).isEqualTo(MISSING);
    occurrence("record", RECORD);
    occurrence("plain", Occurrence.at(MISSING.id(), "b.cairn", "state tree"));
    assertThat(KNOWN.encode()).isEqualTo(take("known.observation"));
    assertThat(KNOWN.key().bytes()).isEqualTo(take("known.key"));
    assertThat(Observation.decode(KNOWN.encode())).isEqualTo(KNOWN);
    assertThat(FindingEdges.observation(KNOWN.key(), RECORD.key()).encode())
        .isEqualTo(take("known.edge"));
    sighting("once", new Sighting(Seen.once(MOMENT, "cairn 1", ""), null));
    sighting(
        "twice",
        new Sighting(
            new Seen(MOMENT, MOMENT + 5, "cairn 1", "missing"),
            new Acknowledgement(MOMENT + 1, true, "known")));
    sighting("withdrawn", new Sighting(null, new Acknowledgement(MOMENT + 2, false, "not so")));
    VECTORS.keySet().stream().filter(name -> name.startsWith("refused.")).forEach(checked::add);
    assertThat(checked).isEqualTo(VECTORS.keySet());
  }

  private void occurrence(String name, Occurrence occurrence) {
    assertThat(occurrence.encode()).as(name).isEqualTo(take(name + ".occurrence"));
    assertThat(occurrence.key().bytes()).as(name).isEqualTo(take(name + ".key"));
    assertThat(Occurrence.decode(occurrence.encode())).as(name).isEqualTo(occurrence);
    Edge edge = FindingEdges.occurrence(occurrence.key(), occurrence.canonicalId(), MISSING.key());
    assertThat(edge.encode()).as(name).isEqualTo(take(name + ".edge"));
  }

  private void sighting(String name, Sighting sighting) {
    assertThat(sighting.encode()).as(name).isEqualTo(take(name + ".sighting"));
    assertThat(sighting.key().bytes()).as(name).isEqualTo(take(name + ".key"));
    assertThat(Sighting.decode(sighting.encode())).as(name).isEqualTo(sighting);
    Edge edge = FindingEdges.sighting(KNOWN.key(), sighting.key());
    assertThat(edge.encode()).as(name).isEqualTo(take(name + ".edge"));
    assertThat(edge.slot()).as(name).isEqualTo(take(name + ".slot"));
  }

  private Bytes take(String name) {
    checked.add(name);
    Bytes vector = VECTORS.get(name);
    assertThat(vector).as(name).isNotNull();
    return vector;
  }

  @Test
  void everyRefusedVectorIsRefusedWithATypedError() {
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : VECTORS.entrySet()) {
      String[] name = vector.getKey().split("\\.", 3);
      if (name[0].equals("refused")) {
        refused++;
        Class<? extends CairnException> error =
            name[2].startsWith("version")
                ? UnsupportedVersionException.class
                : MalformedException.class;
        assertThatThrownBy(() -> READERS.get(name[1]).apply(vector.getValue()))
            .as(vector.getKey())
            .isExactlyInstanceOf(error);
      }
    }
    assertThat(refused).isEqualTo(27);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "missing.finding",
        "record.occurrence",
        "plain.occurrence",
        "known.observation",
        "twice.sighting",
        "withdrawn.sighting"
      })
  void whateverIsCutOrFlippedIsRefusedOrIsExactlyThoseBytes(String name) {
    Bytes whole = VECTORS.get(name);
    Function<Bytes, Bytes> reader = READERS.get(name.substring(name.indexOf('.') + 1));
    for (int end = 0; end < whole.length(); end++) {
      Bytes cut = whole.slice(0, end);
      assertThatThrownBy(() -> reader.apply(cut)).isExactlyInstanceOf(MalformedException.class);
    }
    int refused = 0;
    for (int bit = 0; bit < whole.length() * Byte.SIZE; bit++) {
      byte[] flipped = whole.toArray();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      try {
        assertThat(reader.apply(Bytes.wrap(flipped)).toArray()).isEqualTo(flipped);
      } catch (MalformedException | UnsupportedVersionException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void arbitraryBytesAreRefusedWithATypedErrorByEveryReader() {
    Random random = new Random(11);
    for (int round = 0; round < 20_000; round++) {
      byte[] noise = new byte[random.nextInt(60)];
      random.nextBytes(noise);
      if (noise.length > 1 && random.nextBoolean()) {
        noise[0] = (byte) (0x80 | 3 + random.nextInt(5));
        noise[1] = 1;
      }
      READERS.forEach(
          (name, reader) -> {
            try {
              assertThat(reader.apply(Bytes.wrap(noise)).toArray()).as(name).isEqualTo(noise);
            } catch (MalformedException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).as(name).isNotBlank();
            }
          });
    }
  }

  @Test
  void textOverItsBoundIsRefusedAndTextAtItIsNot() {
    String most = "m".repeat(FindingText.NAME_BYTES_MAX);
    RuleId rule = new RuleId("a:b");
    Finding full = new Finding(rule, Severity.NOTE, most, most);
    assertThat(Finding.decode(full.encode())).isEqualTo(full);
    for (String text : new String[] {most + "m", "", "e\u0301", "\ud800"}) {
      assertThatThrownBy(() -> new Finding(rule, Severity.NOTE, text, "x"))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("'subject'");
      assertThatThrownBy(() -> new Finding(rule, Severity.NOTE, "x", text))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("'message'");
    }
    String detail = "d".repeat(FindingText.DETAIL_BYTES_MAX);
    assertThat(Seen.once(1, "v", detail).detail()).isEqualTo(detail);
    assertThatThrownBy(() -> Seen.once(1, "v", detail + "d"))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new RuleId("a:" + "b".repeat(RuleId.LENGTH_MAX)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void anIdDependsOnRuleAndSubjectAndOnNothingElse() {
    RuleId rule = MISSING.rule();
    assertThat(new Finding(rule, Severity.NOTE, MISSING.subject(), "other").id())
        .isEqualTo(MISSING.id());
    assertThat(FindingId.of(rule, "other")).isNotEqualTo(MISSING.id());
    assertThat(FindingId.of(new RuleId("audit:payload"), MISSING.subject()))
        .isNotEqualTo(MISSING.id());
    assertThat(FindingId.parse(MISSING.id().toString())).isEqualTo(MISSING.id());
    assertThat(MISSING.id().toString()).startsWith(MISSING.id().shortText());
    assertThatThrownBy(() -> FindingId.parse("ab")).isInstanceOf(MalformedException.class);
  }

  @Test
  void anyTextIsFittedToWhatAFormatHolds() {
    assertThat(FindingText.fit("plain", 10)).isEqualTo("plain");
    assertThat(FindingText.fit("e\u0301", 10)).isEqualTo("\u00e9");
    assertThat(FindingText.fit("a\ud800b", 10)).isEqualTo("a\ufffdb");
    assertThat(FindingText.fit("\u00e9".repeat(6), 10)).isEqualTo("\u00e9\u00e9\u00e9\u2026");
    Random random = new Random(5);
    for (int round = 0; round < 2_000; round++) {
      char[] chars = new char[random.nextInt(40)];
      for (int i = 0; i < chars.length; i++) {
        chars[i] = (char) (random.nextBoolean() ? random.nextInt(0x400) : random.nextInt(0x10000));
      }
      int max = 3 + random.nextInt(60);
      String fitted = FindingText.fit(new String(chars), max);
      FindingText.check("test", "text", fitted, max, true);
      assertThat(FindingText.fit(fitted, max)).isEqualTo(fitted);
    }
  }
}
