package dev.cairn.federation.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.Piece;
import dev.cairn.federation.protocol.FetchMessage.Pieces;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.FetchMessage.WantItem;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FetchAnswersTest {
  private static final Bytes PAYLOAD = Bytes.utf8("some payload");
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final TypeTag SECRET = new TypeTag("app/secret");

  private static FetchAnswers answers(TestNode node) {
    FetchAnswers answers = new FetchAnswers(FetchStore.of(node.store()));
    answers.under(
        new Grant(
            new TreeSet<>(List.of(Right.READ)),
            new TreeSet<>(List.of("text/plain")),
            new TreeSet<>()));
    return answers;
  }

  private static FetchMessage ask(FetchAnswers answers, long number) {
    WantItem item = new WantItem(PayloadDigest.of(PAYLOAD), PAYLOAD.length(), null, 0);
    answers.ask(new Want(number, List.of(item)));
    return answers.next();
  }

  @Test
  void whatIsPutAsSomethingThatMayBeReadIsAbsentNoLonger() {
    try (TestNode hub = new TestNode("hub")) {
      hub.put(SECRET, PAYLOAD);
      FetchAnswers answers = answers(hub);
      assertThat(ask(answers, 0)).isEqualTo(new Absent(List.of(0L)));
      hub.put(SECRET, Bytes.utf8("another"));
      assertThat(ask(answers, 1)).isEqualTo(new Absent(List.of(1L)));
      hub.put(TEXT, PAYLOAD);
      assertThat(ask(answers, 2)).isEqualTo(new Pieces(List.of(new Piece(2, PAYLOAD))));
      hub.put(TEXT, Bytes.utf8("another"));
      assertThat(ask(answers, 3)).isEqualTo(new Pieces(List.of(new Piece(3, PAYLOAD))));
    }
  }

  @Test
  void aPayloadThatComesBehindItsRecordIsAbsentNoLonger() {
    try (TestNode origin = new TestNode("origin");
        TestNode hub = new TestNode("hub")) {
      origin.put(TEXT, PAYLOAD);
      origin.store().signHead();
      Origin log = origin.origin();
      LogHead head = origin.store().head(log).orElseThrow();
      LogRecord record = origin.store().record(log, 0).orElseThrow();
      Bytes note = origin.store().checkpoints(log, 0, 1).firstEntry().getValue();
      hub.store()
          .replicate(
              new Stretch(
                  log, head.key(), 0, List.of(new Stretch.Item(record.encode(), null)), note));
      FetchAnswers answers = answers(hub);
      assertThat(ask(answers, 0)).isEqualTo(new Absent(List.of(0L)));
      try (PayloadStage stage =
          hub.store().stagePayload(PayloadDigest.of(PAYLOAD), PAYLOAD.length())) {
        stage.write(PAYLOAD);
        stage.finish();
        hub.store().keepPayloads(List.of(PayloadDigest.of(PAYLOAD)));
      }
      assertThat(ask(answers, 1)).isEqualTo(new Pieces(List.of(new Piece(1, PAYLOAD))));
    }
  }
}
