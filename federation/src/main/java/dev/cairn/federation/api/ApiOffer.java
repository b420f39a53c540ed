package dev.cairn.federation.api;

import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.access.QuotaLedger;
import dev.cairn.pel.run.Executor;
import dev.cairn.tgk.Graph;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a node that clients may use, and who may do what.
 *
 * @param store its store
 * @param graph the graph of the store
 * @param executor runs programs on the store
 * @param policy says what each caller may do
 * @param ticker measures how long calls last
 * @param gate says what belongs to other members, and reaches them
 * @param quotas charges callers whom TLS proved for their calls; null if nobody is charged
 */
public record ApiOffer(
    Store store,
    Graph graph,
    Executor executor,
    AccessPolicy policy,
    Ticker ticker,
    ShardGate gate,
    @Nullable QuotaLedger quotas) {
  /** Of a node to which everything belongs that is put there. */
  public ApiOffer(Store store, Graph graph, Executor executor, AccessPolicy policy, Ticker ticker) {
    this(store, graph, executor, policy, ticker, ShardGate.NONE);
  }

  /** Nobody is charged. */
  public ApiOffer(
      Store store,
      Graph graph,
      Executor executor,
      AccessPolicy policy,
      Ticker ticker,
      ShardGate gate) {
    this(store, graph, executor, policy, ticker, gate, null);
  }

  /** The same for other callers. */
  public ApiOffer withPolicy(AccessPolicy other) {
    return new ApiOffer(store, graph, executor, other, ticker, gate, quotas);
  }

  /** The same, for which callers are charged. */
  public ApiOffer withQuotas(QuotaLedger charged) {
    return new ApiOffer(store, graph, executor, policy, ticker, gate, charged);
  }
}
