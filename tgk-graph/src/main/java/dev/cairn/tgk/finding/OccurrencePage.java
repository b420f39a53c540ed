package dev.cairn.tgk.finding;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some occurrences of a finding, in order of {@link Occurrence}.
 *
 * @param occurrences with their observations
 * @param next where to go on from: there are more behind it; null at the end
 */
public record OccurrencePage(List<StatedOccurrence> occurrences, @Nullable Occurrence next) {
  public OccurrencePage {
    occurrences = List.copyOf(occurrences);
  }
}
