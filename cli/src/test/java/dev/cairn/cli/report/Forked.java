package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.CauseTrees;
import dev.cairn.federation.audit.Disagreements;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.index.GraphIndex;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A node that signed two stories: both begin alike, then it ran one program, and said to some that
 * it ran on one input and to others that it ran on another.
 */
final class Forked {
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new ReceiptIndex());
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final String PROGRAM =
      "{\"program\":1,\"inputs\":[\"text\"],\"nodes\":{\"count\":{\"operator\":\"text/stats@1\","
          + "\"inputs\":[\"text\"]}},\"outputs\":{\"counts\":\"count\"}}";

  private Forked() {}

  /**
   * The audit of both.
   *
   * @param common artifacts that both stories have first
   * @param names what the two sources are called
   */
  static AuditDocument audited(int common, List<String> names) {
    try (Store one = store();
        Store two = store()) {
      tell(one, common, "one story");
      tell(two, common, "another story");
      List<AuditSource> sources =
          List.of(new OfStore(names.get(0), one), new OfStore(names.get(1), two));
      AuditReport report = new Auditor(null).audit(sources);
      return new AuditDocument(
          report,
          names,
          "cairn test",
          null,
          Disagreements.of(sources, report),
          CauseTrees.of(sources, report),
          null);
    }
  }

  private static Store store() {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("liar")));
    StoreConfig config = new StoreConfig("test", key, 1, INDEXES, List.of(), () -> 1_000_000);
    return Store.open(new MemoryEngine(StoreConfig.tables(INDEXES, List.of())), config);
  }

  private static void tell(Store store, int common, String story) {
    ArtifactKey one = store.put(TEXT, Bytes.utf8("one story"));
    ArtifactKey another = store.put(TEXT, Bytes.utf8("another story"));
    CommitDraft draft = new CommitDraft();
    for (int i = 2; i < common; i++) {
      draft.put(store.prepare(TEXT, Bytes.utf8("common " + i)));
    }
    if (common > 2) {
      store.commit(draft);
    }
    new Executor(store, OperatorRegistry.builtIn())
        .run(
            ProgramText.readJson(Bytes.utf8(PROGRAM)),
            new TreeMap<>(Map.of("text", story.equals("one story") ? one : another)),
            RunOptions.defaults());
    store.put(TEXT, Bytes.utf8("after " + story));
    store.signHead();
  }
}
