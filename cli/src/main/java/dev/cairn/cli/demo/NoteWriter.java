package dev.cairn.cli.demo;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes notes into a store on a thread of its own, each in a commit with an edge from the one
 * before. Must be closed; closing stops it.
 */
final class NoteWriter implements AutoCloseable {
  /** Notes that one writer writes. */
  static final int NOTES = 200;

  /** Longest wait for a writer to finish. */
  static final long FINISH_SECONDS_MAX = 120;

  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final EdgeType FOLLOWS = new EdgeType("demo:follows");

  private final String name;
  private final Store store;
  private final List<ArtifactKey> keys = Collections.synchronizedList(new ArrayList<>());
  private final Thread thread;
  private volatile @Nullable RuntimeException failure;
  private volatile boolean stopped;

  NoteWriter(String name, Store store) {
    this.name = name;
    this.store = store;
    this.thread = new Thread(this::write, "cairn-demo-writer-" + name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void write() {
    try {
      ArtifactKey before = null;
      for (int i = 1; i <= NOTES && !stopped; i++) {
        PreparedArtifact note =
            store.prepare(TEXT, Bytes.utf8("note " + i + " of " + NOTES + " by " + name));
        CommitDraft draft = new CommitDraft().put(note);
        ArtifactKey key = note.id().key();
        if (before != null) {
          Edge edge =
              new Edge(FOLLOWS, List.of(Endpoint.of(before)), List.of(Endpoint.of(key)), null);
          draft.put(store.prepare(TypeTag.EDGE, edge.encode()));
        }
        store.commit(draft);
        keys.add(key);
        before = key;
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  boolean isWriting() {
    return thread.isAlive();
  }

  /** How many notes are durable. */
  int written() {
    return keys.size();
  }

  /** Waits for the end; the keys of the notes. */
  List<ArtifactKey> finish() {
    join();
    RuntimeException failed = failure;
    if (failed != null) {
      throw failed;
    }
    return List.copyOf(keys);
  }

  private void join() {
    try {
      thread.join(TimeUnit.SECONDS.toMillis(FINISH_SECONDS_MAX));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted", e);
    }
    if (thread.isAlive()) {
      throw new UnavailableException(
          "writer " + name + " did not finish in " + FINISH_SECONDS_MAX + " s");
    }
  }

  @Override
  public void close() {
    stopped = true;
    if (thread.isAlive() && !Thread.currentThread().isInterrupted()) {
      join();
    }
  }
}
