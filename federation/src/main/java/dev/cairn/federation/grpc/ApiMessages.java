package dev.cairn.federation.grpc;

import com.google.protobuf.ByteString;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ArtifactStat;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.api.ArtifactNames;
import dev.cairn.proto.api.v1.Artifact;
import dev.cairn.proto.api.v1.Endpoint;
import dev.cairn.proto.api.v1.Head;
import dev.cairn.proto.api.v1.LineageEdge;
import dev.cairn.proto.api.v1.Record;
import dev.cairn.proto.api.v1.StatReply;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.model.Edge;
import java.util.List;

/** Our values as the API's messages, and back. */
final class ApiMessages {
  private ApiMessages() {}

  static Artifact artifact(ArtifactId id) {
    Artifact.Builder told =
        Artifact.newBuilder()
            .setKey(id.key().toString())
            .setPayloadDigest(id.payloadDigest().toString())
            .setSize(id.payloadLength());
    if (id.tag() != null) {
      told.setType(id.tag().text());
    }
    return told.build();
  }

  static Record record(Origin origin, LogRecord record) {
    Record.Builder told =
        Record.newBuilder()
            .setOrigin(origin.toString())
            .setIndex(record.index())
            .setLogseq(record.logseq())
            .setHlc(record.hlc())
            .setKind(record.kind().name())
            .setKey(record.id().toString())
            .setSize(record.payloadLength())
            .setPayloadDigest(record.payloadDigest().toString());
    if (record.tag() != null) {
      told.setType(record.tag().text());
    }
    return told.build();
  }

  static StatReply stat(ArtifactStat stat) {
    StatReply.Builder told =
        StatReply.newBuilder()
            .setKey(stat.key().toString())
            .setState(
                switch (stat.state()) {
                  case LIVE -> StatReply.State.STATE_LIVE;
                  case REMOVED -> StatReply.State.STATE_REMOVED;
                  case ERASED -> StatReply.State.STATE_ERASED;
                })
            .setHeld(stat.held())
            .setChunks(stat.chunks())
            .setRecordCount(stat.history().size());
    if (stat.id() != null) {
      told.setArtifact(artifact(stat.id()));
    }
    List<HistoryEntry> history = stat.history();
    int from = Math.max(0, history.size() - ApiLimits.RECORDS_MAX);
    for (HistoryEntry entry : history.subList(from, history.size())) {
      told.addRecords(record(entry.origin(), entry.record()));
    }
    return told.build();
  }

  static Head head(LogHead head) {
    return Head.newBuilder()
        .setOrigin(head.origin().toString())
        .setLogseq(head.lastLogseq())
        .setTreeSize(head.treeSize())
        .setRoot(head.root().toHex())
        .build();
  }

  static LineageEdge edge(GraphEdge found) {
    Edge edge = found.edge();
    LineageEdge.Builder told =
        LineageEdge.newBuilder().setKey(found.key().toString()).setType(edge.type().text());
    edge.from().forEach(end -> told.addFrom(endpoint(end)));
    edge.to().forEach(end -> told.addTo(endpoint(end)));
    ArtifactKey payload = edge.payload();
    if (payload != null) {
      told.setPayload(payload.toString());
    }
    return told.build();
  }

  private static Endpoint endpoint(dev.cairn.tgk.model.Endpoint end) {
    Endpoint.Builder told = Endpoint.newBuilder().setKey(end.key().toString());
    if (end.role() != null) {
      told.setRole(end.role());
    }
    return told.build();
  }

  /** The endpoints that a client names. */
  static List<dev.cairn.tgk.model.Endpoint> endpoints(List<Endpoint> ends, ArtifactNames names) {
    return ends.stream()
        .map(
            end ->
                new dev.cairn.tgk.model.Endpoint(
                    names.resolve(end.getKey()),
                    end.hasRole() ? CborWriter.normalise(end.getRole()) : null))
        .toList();
  }

  static ByteString bytes(byte[] buffer, int count) {
    return ByteString.copyFrom(buffer, 0, count);
  }
}
