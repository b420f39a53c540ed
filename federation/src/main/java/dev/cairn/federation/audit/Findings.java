package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.audit.Finding.Kind;
import dev.cairn.federation.audit.Finding.Occurrence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers findings, one for each kind and subject, in order of discovery. One owner. */
final class Findings {
  /** Most findings kept; beyond, one says how many more there were. */
  static final int FINDINGS_MAX = 10_000;

  private final Map<String, Open> open = new LinkedHashMap<>();
  private long dropped;

  private static final class Open {
    private final Kind kind;
    private final String subject;
    private final String message;
    private final List<Occurrence> occurrences = new ArrayList<>();
    private long count;

    Open(Kind kind, String subject, String message) {
      this.kind = kind;
      this.subject = subject;
      this.message = message;
    }
  }

  void add(Kind kind, String subject, String message, Occurrence occurrence) {
    String id = kind + "\n" + subject;
    Open finding = open.get(id);
    if (finding == null) {
      if (open.size() >= FINDINGS_MAX) {
        dropped++;
        return;
      }
      finding = new Open(kind, subject, message);
      open.put(id, finding);
    }
    finding.count++;
    if (finding.occurrences.size() < Finding.OCCURRENCES_MAX) {
      finding.occurrences.add(occurrence);
    }
  }

  /**
   * Adds what an exception says: a failure to read leaves undecided what {@code kind} would say.
   */
  void failed(
      Kind kind, String subject, String message, String source, String place, CairnException e) {
    boolean undecided = e instanceof StoreFailedException || e instanceof UnavailableException;
    add(
        undecided ? Kind.UNDECIDED : kind,
        subject,
        undecided ? "a check was not made, as reading failed" : message,
        new Occurrence(source, place, String.valueOf(e.getMessage())));
  }

  List<Finding> list() {
    List<Finding> list = new ArrayList<>();
    for (Open finding : open.values()) {
      list.add(
          new Finding(
              finding.kind, finding.subject, finding.message, finding.occurrences, finding.count));
    }
    if (dropped > 0) {
      String message = dropped + " more occurrences of other findings were not kept";
      list.add(new Finding(Kind.MORE, "audit", message, List.of(), dropped));
    }
    return list;
  }
}
