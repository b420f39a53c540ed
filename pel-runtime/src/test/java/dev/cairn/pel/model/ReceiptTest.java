package dev.cairn.pel.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.Receipt.Step;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReceiptTest {
  private static final SortedMap<String, ArtifactKey> NO_KEYS = new TreeMap<>();

  private static ArtifactKey key(String text) {
    return ArtifactKey.of(Bytes.utf8(text), null);
  }

  private static Step step(String text) {
    return new Step(
        new OperatorId("bytes/concat", 1),
        HashAlgorithm.SHA_256.hash(Bytes.utf8("parameters")),
        List.of(key("in"), key("in")),
        List.of(key(text)));
  }

  private static Receipt succeeded() {
    TreeMap<String, Step> steps = new TreeMap<>(Map.of("a", step("x"), "b", step("y")));
    return new Receipt(
        key("program"),
        new TreeMap<>(Map.of("in", key("in"))),
        new TreeMap<>(Map.of("out", key("y"), "other", key("in"))),
        RunStatus.SUCCEEDED,
        steps,
        new TreeMap<>());
  }

  private static Receipt failed() {
    return new Receipt(
        key("program"),
        new TreeMap<>(Map.of("in", key("in"))),
        NO_KEYS,
        RunStatus.FAILED_PERMANENT,
        new TreeMap<>(Map.of("a", step("x"))),
        new TreeMap<>(Map.of("b", new Failure("out-of-range", "from 0 to 9 of 5 bytes"))));
  }

  @Test
  void whatIsWrittenReadsBackTheSame() {
    for (Receipt receipt : List.of(succeeded(), failed())) {
      assertThat(Receipt.decode(receipt.encode())).isEqualTo(receipt);
    }
  }

  @Test
  void everyTruncationIsRefused() {
    for (Receipt receipt : List.of(succeeded(), failed())) {
      Bytes encoded = receipt.encode();
      for (int length = 0; length < encoded.length(); length++) {
        Bytes cut = encoded.slice(0, length);
        assertThatThrownBy(() -> Receipt.decode(cut)).isInstanceOf(MalformedException.class);
      }
      assertThatThrownBy(() -> Receipt.decode(encoded.plus(Bytes.fromHex("00"))))
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void everyChangedBitIsRefusedOrMeansAnotherReceipt() {
    for (Receipt receipt : List.of(succeeded(), failed())) {
      Bytes encoded = receipt.encode();
      int refused = 0;
      for (int bit = 0; bit < encoded.length() * 8; bit++) {
        byte[] changed = encoded.toArray();
        changed[bit / 8] ^= (byte) (1 << (bit % 8));
        Bytes bytes = Bytes.wrap(changed);
        try {
          Receipt other = Receipt.decode(bytes);
          assertThat(other).isNotEqualTo(receipt);
          assertThat(other.encode()).isEqualTo(bytes);
        } catch (CairnException e) {
          refused++;
        }
      }
      assertThat(refused).isPositive();
    }
  }

  @Test
  void anUnknownVersionIsNamed() {
    Bytes encoded = new CborWriter().array(1).uint(2).toBytes();

    assertThatThrownBy(() -> Receipt.decode(encoded))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("receipt: version 2");
  }

  @Test
  void statusFailuresAndOutputsMustAgree() {
    Receipt good = succeeded();
    Receipt bad = failed();

    assertThatThrownBy(
            () ->
                new Receipt(
                    good.program(),
                    good.inputs(),
                    good.outputs(),
                    RunStatus.FAILED_PERMANENT,
                    good.steps(),
                    bad.failures()))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () ->
                new Receipt(
                    good.program(),
                    good.inputs(),
                    NO_KEYS,
                    RunStatus.SUCCEEDED,
                    good.steps(),
                    new TreeMap<>()))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () ->
                new Receipt(
                    good.program(),
                    good.inputs(),
                    NO_KEYS,
                    RunStatus.FAILED_PERMANENT,
                    good.steps(),
                    new TreeMap<>()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aNodeCannotBothFailAndGiveOutputs() {
    Receipt bad = failed();

    assertThatThrownBy(
            () ->
                new Receipt(
                    bad.program(),
                    bad.inputs(),
                    NO_KEYS,
                    bad.status(),
                    new TreeMap<>(Map.of("b", step("x"))),
                    bad.failures()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("node b both failed and gave outputs");
  }

  @Test
  void aFailureIsPrintableAsciiAndShort() {
    for (String message : List.of("", "é", "line\nend", "x".repeat(1001))) {
      assertThatThrownBy(() -> new Failure("code", message)).isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> new Failure("Not A Code", "x")).isInstanceOf(MalformedException.class);
  }

  @Test
  void aStepIsKnownByWhatItComputedAndNotByWhatCameOut() {
    assertThat(step("x").key()).isEqualTo(step("y").key());
    assertThat(
            Step.key(
                new OperatorId("bytes/concat", 2),
                step("x").parametersDigest(),
                step("x").inputs()))
        .isNotEqualTo(step("x").key());
  }

  @Test
  void statusesRiseWithTheirCodes() {
    assertThat(RunStatus.values()).extracting(RunStatus::code).containsExactly(1, 2, 3, 4);
    assertThatThrownBy(() -> RunStatus.byCode(0)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> RunStatus.byCode(5)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aListReadsBackTheSameAndEveryTruncationIsRefused() {
    ArtifactList list =
        new ArtifactList(
            List.of(
                new ArtifactList.Item(key("a"), "a.txt"),
                new ArtifactList.Item(key("b"), null),
                new ArtifactList.Item(key("a"), "a.txt")));
    Bytes encoded = list.encode();

    assertThat(ArtifactList.decode(encoded)).isEqualTo(list);
    for (int length = 0; length < encoded.length(); length++) {
      Bytes cut = encoded.slice(0, length);
      assertThatThrownBy(() -> ArtifactList.decode(cut)).isInstanceOf(MalformedException.class);
    }
  }
}
