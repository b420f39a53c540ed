package dev.cairn.tgk.plan;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.Endpoint;
import java.util.List;

/** What a field of a row holds; a field that holds nothing has no value at all. */
public sealed interface Value {
  /** Text. */
  record Text(String text) implements Value {}

  /** A number; of {@link Field#TIME}, milliseconds since 1970. */
  record Num(long number) implements Value {}

  /** An artifact. */
  record Key(ArtifactKey key) implements Value {}

  /** Ends of an edge. */
  record Ends(List<Endpoint> ends) implements Value {
    public Ends {
      ends = List.copyOf(ends);
    }
  }
}
