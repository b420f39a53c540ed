package dev.cairn.testkit.sim;

import dev.cairn.federation.protocol.LogRoots;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.ArrayList;
import java.util.List;

/** The defect of {@link PlantedBug#ROOTS_UNSAID}. */
final class PlantedSilence {
  private PlantedSilence() {}

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
