package dev.cairn.pel.distributed;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.RunRequest;
import dev.cairn.pel.model.StepProgram;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A node's part in programs that several nodes run together. It has no thread and does no I/O but
 * on its store: whoever owns it calls {@link #step} now and then, does the {@link Work} that it
 * begins, several pieces at once if it has the threads ({@link WorkPool}), and sees to it that
 * commits travel between the stores.
 *
 * <p>A {@link RunRequest} travels like any artifact. Every node that takes part looks which nodes
 * of the program have all their inputs and are not done, and begins those whose turn it is by
 * {@link Rendezvous} over the live peers, each as a program of its own ({@link StepProgram}), so
 * that its receipt is this node's word for that step and travels too. Whoever is next in turn takes
 * over after a time-out. When all nodes of the program have ended, the receipt of the whole is put
 * together, again by whose turn it is, by the same {@link Executor} that would have run it alone,
 * from the receipts of the steps: so it has the same bytes, whoever did what, and in which order.
 * One node never does the same step twice at once: who wants one that is at work waits for it.
 *
 * <p>Two nodes that do the same step do work twice and nothing else. As long as one node is left
 * that holds request, program and inputs and knows the operators, it does everything in the end.
 * One owner at a time.
 */
public final class Coordinator {
  /** Most requests remembered as done; beyond, they are looked up again. */
  private static final int DONE_REMEMBERED_MAX = 100_000;

  private final Store store;
  private final OperatorRegistry operators;
  private final Executor executor;
  private final LivePeers peers;
  private final CoordinatorOptions options;
  private final TreeMap<ArtifactKey, OpenRun> open = new TreeMap<>();
  private final Set<ArtifactKey> done = new HashSet<>();
  private final AtWork atWork;
  private SortedSet<NodeId> live = new TreeSet<>();

  /**
   * A part in what goes on in a store.
   *
   * @param ticker for limits on time
   */
  public Coordinator(
      Store store,
      OperatorRegistry operators,
      LivePeers peers,
      CoordinatorOptions options,
      Ticker ticker) {
    this.store = store;
    this.operators = operators;
    this.executor = new Executor(store, operators, ticker);
    this.peers = peers;
    this.options = options;
    this.atWork = new AtWork(options.worksMax());
  }

  /**
   * Asks for a program to be run: puts program and request, durably.
   *
   * @param inputs exactly those that the program names
   * @return the request's key
   * @throws IllegalArgumentException if an input is missing or unknown
   */
  public static ArtifactKey request(
      Store store, Program program, SortedMap<String, ArtifactKey> inputs) {
    if (!program.inputs().equals(inputs.keySet())) {
      throw new IllegalArgumentException(
          "the program has inputs " + program.inputs() + ", given are " + inputs.keySet());
    }
    RunRequest request = new RunRequest(program.key(), inputs);
    CommitDraft draft = new CommitDraft();
    draft.put(store.prepare(TypeTag.PROGRAM, program.encode()));
    draft.put(store.prepare(RunRequest.TYPE, request.encode()));
    store.commit(draft);
    return request.key();
  }

  /**
   * Looks at what is open and begins what is due: the owner does {@link Look#begun}, whatever it
   * does besides, and tells of each when it has {@link #ended}.
   *
   * @param nowMillis of a clock that does not go back, from any start
   */
  public Look step(long nowMillis) {
    Receipts receipts = new Receipts(store, store.now());
    open.keySet().removeIf(key -> !store.now().isLive(key));
    List<ArtifactKey> wanted =
        receipts.requests(
            key -> !done.contains(key) && !open.containsKey(key),
            CoordinatorOptions.OPEN_MAX - open.size());
    for (ArtifactKey key : wanted) {
      open.put(key, new OpenRun(key, receipts.request(key)));
    }
    List<ArtifactKey> finished = new ArrayList<>();
    List<ArtifactKey> refused = new ArrayList<>();
    live = peers.live();
    RunTurn turn = turn(nowMillis);
    for (OpenRun run : List.copyOf(open.values())) {
      OpenRun.State state = turn.look(run);
      if (state != OpenRun.State.OPEN) {
        (state == OpenRun.State.DONE ? finished : refused).add(run.key);
        end(run.key);
      }
    }
    return new Look(turn.begun(), finished, refused, open.size(), turn.hasMore());
  }

  /**
   * A piece of work that was begun here has ended: begins what waited for it, in whichever of the
   * open runs. Of a run that nobody wants any more nothing begins.
   *
   * @throws dev.cairn.asl.error.CairnException if the store cannot go on
   */
  public Look ended(Work.Ended ended, long nowMillis) {
    atWork.ends(ended.work());
    RunTurn turn = turn(nowMillis);
    turn.note(ended);
    List<ArtifactKey> finished = new ArrayList<>();
    for (Work.Wanted wanted : ended.work().wanted()) {
      OpenRun run = wanted.run();
      boolean still = open.get(run.key) == run && store.now().isLive(run.key);
      if (still && turn.ended(ended, wanted) == OpenRun.State.DONE) {
        finished.add(run.key);
        end(run.key);
      }
    }
    return new Look(turn.begun(), finished, List.of(), open.size(), turn.hasMore());
  }

  private RunTurn turn(long nowMillis) {
    return new RunTurn(store, operators, executor, live, options, atWork, nowMillis);
  }

  private void end(ArtifactKey key) {
    open.remove(key);
    if (done.size() >= DONE_REMEMBERED_MAX) {
      done.clear();
    }
    done.add(key);
  }
}
