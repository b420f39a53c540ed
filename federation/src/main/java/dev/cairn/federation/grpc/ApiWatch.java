package dev.cairn.federation.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.store.CommitLog;
import dev.cairn.asl.store.LogCommit;
import dev.cairn.asl.store.LogPage;
import dev.cairn.asl.store.LogPosition;
import dev.cairn.asl.store.PageEnd;
import dev.cairn.asl.store.PageLimits;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.access.Grant;
import dev.cairn.proto.api.v1.Commit;
import dev.cairn.proto.api.v1.WatchReply;
import dev.cairn.proto.api.v1.WatchRequest;
import java.util.List;
import java.util.function.BooleanSupplier;

/** One client's look at the log, page by page. One owner. */
final class ApiWatch {
  private static final PageLimits PAGE = new PageLimits(ApiLimits.RECORDS_MAX, 1 << 20);

  /** An hour, less what a client's last page and the end take. */
  private static final long FOLLOW_MILLIS_MAX =
      ApiLimits.CALL_MILLIS_MAX - 2 * ApiLimits.SILENCE_MILLIS_MAX;

  private final Store store;
  private final Grant grant;
  private final Replies<WatchReply> replies;
  private final BooleanSupplier closing;

  ApiWatch(Store store, Grant grant, Replies<WatchReply> replies, BooleanSupplier closing) {
    this.store = store;
    this.grant = grant;
    this.replies = replies;
    this.closing = closing;
  }

  void run(WatchRequest request) {
    CommitLog log = store.log();
    LogPosition at =
        switch (request.getBeginCase()) {
          case CONTINUATION -> log.resume(Bytes.wrap(request.getContinuation().toByteArray()));
          case FROM_END -> request.getFromEnd() ? log.end() : log.start();
          case BEGIN_NOT_SET -> log.start();
        };
    long spokeMillis = replies.elapsedMillis();
    while (true) {
      replies.check();
      LogPage page =
          request.getFollow() ? log.follow(at, PAGE, ApiLimits.WATCH_SLICE) : log.read(at, PAGE);
      at = page.next();
      if (!page.commits().isEmpty()) {
        send(page);
        spokeMillis = replies.elapsedMillis();
      }
      WatchReply.End end = end(page.end(), request.getFollow());
      if (end != WatchReply.End.END_UNSPECIFIED) {
        replies.send(WatchReply.newBuilder().setContinuation(bytes(at)).setEnd(end).build());
        return;
      }
      if (replies.elapsedMillis() - spokeMillis >= ApiLimits.WATCH_SIGN_MILLIS) {
        replies.send(WatchReply.newBuilder().setContinuation(bytes(at)).build());
        spokeMillis = replies.elapsedMillis();
      }
    }
  }

  private WatchReply.End end(PageEnd reason, boolean follow) {
    if (closing.getAsBoolean() || reason == PageEnd.CLOSED || reason == PageEnd.INTERRUPTED) {
      return WatchReply.End.END_CLOSED;
    }
    if (replies.elapsedMillis() >= FOLLOW_MILLIS_MAX) {
      return WatchReply.End.END_OF_CALL;
    }
    return !follow && reason == PageEnd.END_OF_LOG
        ? WatchReply.End.END_OF_LOG
        : WatchReply.End.END_UNSPECIFIED;
  }

  private void send(LogPage page) {
    WatchReply.Builder reply = WatchReply.newBuilder();
    for (LogCommit commit : page.commits()) {
      List<LogRecord> records =
          commit.records().stream()
              .filter(record -> grant.covers(record.id(), record.tag()))
              .toList();
      int from = 0;
      while (records.size() - from > ApiLimits.RECORDS_MAX) {
        int to = from + ApiLimits.RECORDS_MAX;
        replies.send(
            WatchReply.newBuilder()
                .addCommits(part(commit, records.subList(from, to), false))
                .build());
        from = to;
      }
      reply.addCommits(part(commit, records.subList(from, records.size()), true));
    }
    replies.send(reply.setContinuation(bytes(page.next())).build());
  }

  private static Commit part(LogCommit commit, List<LogRecord> records, boolean complete) {
    Commit.Builder told =
        Commit.newBuilder()
            .setOrigin(commit.origin().toString())
            .setLogseq(commit.logseq())
            .setComplete(complete);
    records.forEach(record -> told.addRecords(ApiMessages.record(commit.origin(), record)));
    return told.build();
  }

  private static ByteString bytes(LogPosition position) {
    return UnsafeByteOperations.unsafeWrap(position.toBytes().toByteBuffer());
  }
}
