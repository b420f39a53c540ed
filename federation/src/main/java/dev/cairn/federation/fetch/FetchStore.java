package dev.cairn.federation.fetch;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.AbsentPayload;
import dev.cairn.asl.store.ChunkStage;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What fetching needs of a store, and no more. Where nothing else is said the contracts are those
 * of {@link Store}'s methods of the same names. Safe for any thread.
 */
public interface FetchStore {
  /** True if the payload's bytes are here. */
  boolean hasPayload(PayloadDigest digest);

  /** A payload of at most {@code maxBytes}, verified. */
  Bytes payload(PayloadDigest digest, long maxBytes);

  /** A payload's chunks. */
  List<PayloadChunk> payloadChunks(PayloadDigest digest);

  /** A chunk of a payload. */
  Optional<Bytes> payloadChunk(PayloadDigest digest, Bytes chunk);

  /**
   * True if a payload is that of an artifact that passes a test. What a record states of its
   * artifact without proof does not count: the bytes must be here and give its key.
   */
  boolean isOf(PayloadDigest digest, Predicate<ArtifactId> test);

  /** A number that rises with whatever may change what {@link #isOf} says. */
  long arrivals();

  /** Payloads that never came. */
  List<AbsentPayload> absentPayloads(@Nullable PayloadDigest after, int limit);

  /** Logs that others write. */
  List<LogHead> heads();

  /** Payloads of live artifacts that some records of a log state and that never came. */
  List<AbsentPayload> absentPayloads(Origin origin, long from, long to);

  /** Takes a small payload. */
  PayloadStage stagePayload(PayloadDigest expected, long length);

  /** Takes a large one. */
  ChunkStage stageChunks(PayloadDigest expected, long length, List<PayloadChunk> chunks);

  /** Puts what was staged beside its records. */
  List<PayloadDigest> keepPayloads(Collection<PayloadDigest> digests);

  /** A real store. */
  static FetchStore of(Store store) {
    return new FetchStore() {
      @Override
      public boolean hasPayload(PayloadDigest digest) {
        return store.hasPayload(digest);
      }

      @Override
      public Bytes payload(PayloadDigest digest, long maxBytes) {
        return store.payload(digest, maxBytes);
      }

      @Override
      public List<PayloadChunk> payloadChunks(PayloadDigest digest) {
        return store.payloadChunks(digest);
      }

      @Override
      public Optional<Bytes> payloadChunk(PayloadDigest digest, Bytes chunk) {
        return store.payloadChunk(digest, chunk);
      }

      @Override
      public boolean isOf(PayloadDigest digest, Predicate<ArtifactId> test) {
        return store.byPayload(digest).stream()
            .flatMap(key -> store.statements(key, PayloadFetcher.STATEMENTS_MAX).stream())
            .filter(stated -> stated.payloadDigest().equals(digest))
            .map(store::held)
            .anyMatch(
                held ->
                    held.payloadDigest().equals(digest)
                        && test.test(held)
                        && store.hasPayload(held));
      }

      @Override
      public long arrivals() {
        return store.arrivals();
      }

      @Override
      public List<AbsentPayload> absentPayloads(@Nullable PayloadDigest after, int limit) {
        return store.absentPayloads(after, limit);
      }

      @Override
      public List<LogHead> heads() {
        return store.heads().stream().filter(log -> !log.origin().equals(store.origin())).toList();
      }

      @Override
      public List<AbsentPayload> absentPayloads(Origin origin, long from, long to) {
        View now = store.now();
        List<AbsentPayload> absent = new ArrayList<>();
        try (RecordCursor records = store.records(origin, from, to)) {
          while (records.next()) {
            LogRecord record = records.record();
            PayloadDigest digest = record.payloadDigest();
            if (record.isPut() && store.neverCame(digest) && now.isLive(record.id())) {
              absent.add(new AbsentPayload(digest, record.payloadLength(), record.id()));
            }
          }
        }
        return absent;
      }

      @Override
      public PayloadStage stagePayload(PayloadDigest expected, long length) {
        return store.stagePayload(expected, length);
      }

      @Override
      public ChunkStage stageChunks(
          PayloadDigest expected, long length, List<PayloadChunk> chunks) {
        return store.stageChunks(expected, length, chunks);
      }

      @Override
      public List<PayloadDigest> keepPayloads(Collection<PayloadDigest> digests) {
        return store.keepPayloads(digests);
      }
    };
  }
}
