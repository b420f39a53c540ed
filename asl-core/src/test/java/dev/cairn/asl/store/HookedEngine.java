package dev.cairn.asl.store;

import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine that tells of its writes before it does them, and may have narrower limits. */
class HookedEngine extends ForwardingEngine {
  private Consumer<AppendRequest> beforeAppend = request -> {};
  private Consumer<List<RowChange>> beforeWrite = changes -> {};
  private @Nullable EngineCapabilities limits;

  HookedEngine(StorageEngine engine) {
    super(engine);
  }

  HookedEngine beforeAppend(Consumer<AppendRequest> hook) {
    beforeAppend = hook;
    return this;
  }

  HookedEngine beforeWrite(Consumer<List<RowChange>> hook) {
    beforeWrite = hook;
    return this;
  }

  HookedEngine batchBytesMax(long bytes) {
    limits = new EngineCapabilities((int) Math.min(bytes, Integer.MAX_VALUE), bytes, true, true);
    return this;
  }

  @Override
  public EngineCapabilities capabilities() {
    return limits != null ? limits : super.capabilities();
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    capabilities().requireFits(request.records(), request.rows());
    beforeAppend.accept(request);
    return super.append(request);
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    capabilities().requireFits(List.of(), changes);
    beforeWrite.accept(changes);
    super.write(changes, durability);
  }
}
