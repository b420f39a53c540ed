package dev.cairn.cli.imports;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.store.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Imports documents of one format.
 *
 * <p>All documents are read twice. The first reading checks; only if nothing is wrong, or what is
 * wrong is to be passed over, does the second one write, so a malformed document changes nothing.
 * Importing the same again writes no record. One owner at a time, for one run.
 */
public final class DocumentImporter {
  private final Store store;
  private final DocumentFormat format;
  private final boolean keepGoing;
  private final Consumer<String> complaints;
  private final @Nullable AliasMap map;

  /**
   * What was imported.
   *
   * @param artifacts distinct artifacts with content of their own, documents among them
   * @param edges distinct edges
   * @param references distinct artifacts that stand for what is named
   * @param written records written
   * @param passedOver parts and documents that were malformed
   */
  public record Report(
      long artifacts, long edges, long references, long written, long passedOver) {}

  /**
   * An importer into a store.
   *
   * @param map names known before, and those learnt; null if they are not kept
   * @param keepGoing whether what is malformed is passed over
   * @param complaints takes a sentence for each of that
   */
  public DocumentImporter(
      Store store,
      DocumentFormat format,
      @Nullable AliasMap map,
      boolean keepGoing,
      Consumer<String> complaints) {
    this.store = store;
    this.format = format;
    this.map = map;
    this.keepGoing = keepGoing;
    this.complaints = complaints;
  }

  /**
   * Imports documents.
   *
   * @throws MalformedException naming the first place that is wrong; nothing was written
   */
  public Report run(List<Document> documents) throws IOException {
    Recorder checking = new Recorder(store, format, map, keepGoing, complaints, null);
    List<Document> good = new ArrayList<>();
    for (Document document : documents) {
      if (read(document, checking)) {
        good.add(document);
      }
    }
    try (ImportSink sink = new ImportSink(store)) {
      Recorder writing = new Recorder(store, format, map, keepGoing, told -> {}, sink);
      writing.expect(checking.documents());
      for (Document document : good) {
        writing.read(document);
        document.watcher().done();
      }
      writing.finish();
      return writing.report(sink.written(), checking.passedOver());
    }
  }

  private boolean read(Document document, Recorder checking) throws IOException {
    try {
      checking.read(document);
      document.watcher().checked();
      return true;
    } catch (MalformedException e) {
      String told = document.name() + ", " + e.getMessage();
      if (!keepGoing) {
        throw new MalformedException(told, e);
      }
      checking.passOver(told);
      document.watcher().done();
      return false;
    }
  }
}
