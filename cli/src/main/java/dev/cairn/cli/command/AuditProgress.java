package dev.cairn.cli.command;

import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Stage;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.AuditSource.OfBundle;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.ReceiptsUnderWay;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Stages of an audit: bundles that are replayed; records; receipts that are run again, source by
 * source; and what of rows is read before records and behind them. One owner.
 */
final class AuditProgress implements Supplier<Stage> {
  private final Auditor auditor;
  private final Supplier<Stage> records;
  private long bytesDue;
  private long recordsDue;

  AuditProgress(Auditor auditor, List<AuditSource> sources) {
    this.auditor = auditor;
    List<Store> stores = new ArrayList<>();
    for (AuditSource source : sources) {
      if (source instanceof OfBundle bundle) {
        long held = BundleFiles.records(bundle.file());
        recordsDue = held < 0 || recordsDue < 0 ? -1 : recordsDue + held;
        bytesDue += 2 * BundleFiles.bytes(bundle.file());
        stores.add(bundle.scratch());
      } else if (source instanceof OfStore given) {
        recordsDue = recordsDue < 0 ? -1 : recordsDue + Describe.records(given.store());
        stores.add(given.store());
      }
    }
    long before = RowsRead.of(stores);
    this.records =
        RowsRead.behind(
            stores,
            () -> {
              long read = auditor.recordsRead();
              return read == 0
                  ? Stage.of(RowsRead.TASK, -1, RowsRead.of(stores) - before)
                  : Stage.of("records audited", recordsDue, read);
            });
  }

  @Override
  public Stage get() {
    Optional<ReceiptsUnderWay> receipts = auditor.receiptsUnderWay();
    if (receipts.isPresent()) {
      return receipts(receipts.get());
    }
    // Of a bundle that breaks early the rest is never read: then records end this stage.
    long bytes = auditor.bundleBytesRead();
    if (bytes > 0 && bytes < bytesDue && auditor.recordsRead() == 0) {
      return Stage.ofBytes("bundles read", bytesDue, bytes);
    }
    return records.get();
  }

  private static Stage receipts(ReceiptsUnderWay now) {
    return Stage.of("receipts of " + Text.safe(now.source()), now.chosen(), now.done());
  }
}
