/**
 * The deterministic simulation: whole nodes of production code in one thread, under virtual time, a
 * network and media that fail, and oracles that know the truth. Start at {@link
 * dev.cairn.testkit.sim.Simulation}.
 *
 * <pre>
 *   workload ──┐                                   ┌── frames, late, torn, twice
 *              v                                   v
 *   schedule ─&gt; SimNode: Store on MemoryEngine &lt;-&gt; Network: PeerSession, FrameCodec
 *                  │ crash, restart, failed write        │
 *                  v                                     v
 *               Truth: what each origin really wrote ─&gt; oracles after every step and at rest
 * </pre>
 */
@NullMarked
package dev.cairn.testkit.sim;

import org.jspecify.annotations.NullMarked;
