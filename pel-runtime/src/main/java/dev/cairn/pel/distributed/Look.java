package dev.cairn.pel.distributed;

import dev.cairn.asl.model.ArtifactKey;
import java.util.List;

/**
 * What a node found and began in one look, or when a piece of work had ended.
 *
 * @param begun what is to be done now, in this order as far as there are too few threads
 * @param finished requests of which it saw the receipt for the first time, in order
 * @param refused requests that nobody can fulfil, seen for the first time, in order
 * @param open requests that are not fulfilled yet, as far as it works at them
 * @param more whether it began as much as it may, so that there may be more to do once some of it
 *     has ended
 */
public record Look(
    List<Work> begun,
    List<ArtifactKey> finished,
    List<ArtifactKey> refused,
    int open,
    boolean more) {
  public Look {
    begun = List.copyOf(begun);
    finished = List.copyOf(finished);
    refused = List.copyOf(refused);
  }
}
