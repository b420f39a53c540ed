package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.Disagreement;
import dev.cairn.federation.audit.Disagreement.End;
import dev.cairn.federation.audit.Disagreement.Fork;
import dev.cairn.federation.audit.Disagreement.Link;
import dev.cairn.federation.audit.Disagreement.LogPair;
import dev.cairn.federation.audit.Disagreement.Node;
import dev.cairn.federation.audit.Disagreement.Subtree;
import dev.cairn.federation.audit.Disagreement.Surroundings;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How sources differ, as JSON: all that the page draws. */
final class DisagreementJson {
  private DisagreementJson() {}

  static JsonArray of(List<Disagreement> disagreements) {
    return list(disagreements, DisagreementJson::json);
  }

  private static <T> JsonArray list(List<T> values, Function<T, JsonObject> form) {
    JsonArray array = new JsonArray();
    values.forEach(value -> array.add(form.apply(value)));
    return array;
  }

  private static JsonObject json(Disagreement told) {
    return new JsonObject()
        .add("left", told.left())
        .add("right", told.right())
        .addText("origin", told.first().origin())
        .addU64("index", told.first().index())
        .add("leftRecord", json(told.leftRecord()))
        .add("rightRecord", json(told.rightRecord()))
        .add("logs", list(told.logs(), DisagreementJson::json))
        .add("logsLeftOut", told.logsLeftOut())
        .add("logsEqual", told.logsEqual())
        .add("descent", list(told.descent(), DisagreementJson::json))
        .add("lineage", json(told.lineage()));
  }

  private static @Nullable JsonObject json(@Nullable LogRecord record) {
    return record == null
        ? null
        : new JsonObject()
            .add("kind", Words.kind(record.kind()))
            .addU64("logseq", record.logseq())
            .addU64("hlc", record.hlc())
            .addText("canonicalId", record.id())
            .add("type", record.tag() == null ? null : record.tag().text())
            .addU64("payloadLength", record.payloadLength())
            .addText("payloadDigest", record.payloadDigest());
  }

  private static JsonObject json(LogPair log) {
    return new JsonObject()
        .addText("origin", log.origin())
        .addU64("leftSize", log.leftSize())
        .add("leftRoot", hex(log.leftRoot()))
        .addU64("rightSize", log.rightSize())
        .add("rightRoot", hex(log.rightRoot()))
        .addU64("equal", log.equal())
        .add("standing", AuditDocument.text(log.standing()));
  }

  private static JsonObject json(Fork fork) {
    return new JsonObject()
        .add("lower", json(fork.lower()))
        .add("upper", json(fork.upper()))
        .add("differsIn", fork.differsInLower() ? "lower" : "upper");
  }

  private static JsonObject json(Subtree half) {
    return new JsonObject()
        .addU64("from", half.from())
        .addU64("to", half.to())
        .add("left", hex(half.left()))
        .add("right", hex(half.right()));
  }

  private static @Nullable JsonObject json(@Nullable Surroundings lineage) {
    return lineage == null
        ? null
        : new JsonObject()
            .add("artifacts", list(lineage.artifacts(), DisagreementJson::json))
            .add("edges", list(lineage.edges(), DisagreementJson::json))
            .add("complete", lineage.complete());
  }

  private static JsonObject json(Node node) {
    return new JsonObject()
        .addText("key", node.key())
        .add("type", node.type())
        .add("column", node.column())
        .add("presence", AuditDocument.text(node.presence()))
        .add("named", node.named());
  }

  private static JsonObject json(Link link) {
    return new JsonObject()
        .addText("key", link.key())
        .add("type", link.type())
        .add("column", link.column())
        .add("presence", AuditDocument.text(link.presence()))
        .add("named", link.named())
        .add("from", list(link.from(), DisagreementJson::json))
        .add("to", list(link.to(), DisagreementJson::json));
  }

  private static JsonObject json(End end) {
    return new JsonObject().addText("key", end.key()).add("role", end.role());
  }

  private static @Nullable String hex(@Nullable Bytes hash) {
    return hash == null ? null : hash.toHex();
  }
}
