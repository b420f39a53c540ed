package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.federation.protocol.FilterMessage.Fill;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.PartialItem;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.LogRoots;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.ArrayList;
import java.util.List;

/**
 * The defects of {@link PlantedBug#ROOTS_UNSAID}, {@link PlantedBug#INTEREST_OVERLOOKED} and {@link
 * PlantedBug#FILL_OVERLOOKED}.
 */
final class PlantedSilence {
  private PlantedSilence() {}

  /** A stretch of which the first record is left out, under its leaf hash. */
  static PartialRun withoutFirst(PartialRun run) {
    List<PartialItem> items = new ArrayList<>(run.items());
    Bytes record = items.isEmpty() ? null : items.get(0).record();
    if (record != null) {
      items.set(0, new PartialItem(TreeHasher.leaf(record), null));
    }
    return new PartialRun(run.origin(), run.key(), run.first(), items, run.note());
  }

  /** The answer to a wider interest without its first record. */
  static Fills withoutFirst(Fills fills) {
    List<Fill> all = fills.fills();
    return all.isEmpty() || (all.size() == 1 && !fills.last())
        ? fills
        : new Fills(fills.origin(), all.subList(1, all.size()), fills.last());
  }

  /** The hello of a peer that names the frozen logs and no root. */
  static Hello withoutRoots(Hello hello) {
    List<PartGreeting> greetings = new ArrayList<>();
    for (PartGreeting greeting : hello.greetings()) {
      greetings.add(
          greeting instanceof LogRoots said ? new LogRoots(List.of(), said.frozen()) : greeting);
    }
    return new Hello(
        hello.versionMin(),
        hello.versionMax(),
        hello.federation(),
        hello.node(),
        hello.key(),
        hello.codecs(),
        hello.sends(),
        hello.receives(),
        hello.cursor(),
        hello.features(),
        greetings);
  }
}
