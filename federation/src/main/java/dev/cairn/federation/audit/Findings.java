package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
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
    private final List<Place> places = new ArrayList<>();
    private long count;

    Open(Kind kind, String subject, String message) {
      this.kind = kind;
      this.subject = subject;
      this.message = message;
    }
  }

  void add(Kind kind, String subject, String message, Place place) {
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
    if (finding.places.size() < AuditFinding.PLACES_MAX) {
      finding.places.add(place);
    }
  }

  /**
   * Adds what an exception says: a failure to read leaves undecided what {@code kind} would say.
   *
   * @return true if it is left undecided
   */
  boolean failed(Kind kind, String subject, String message, Place place, CairnException e) {
    boolean undecided = e instanceof StoreFailedException || e instanceof UnavailableException;
    add(
        undecided ? Kind.UNDECIDED : kind,
        subject,
        undecided ? "a check was not made, as reading failed" : message,
        place.with(String.valueOf(e.getMessage())));
    return undecided;
  }

  List<AuditFinding> list() {
    List<AuditFinding> list = new ArrayList<>();
    for (Open finding : open.values()) {
      list.add(
          new AuditFinding(
              finding.kind, finding.subject, finding.message, finding.places, finding.count));
    }
    if (dropped > 0) {
      String message = dropped + " more occurrences of other findings were not kept";
      Place place = Place.of("audit", "findings").with(message);
      list.add(new AuditFinding(Kind.MORE, "audit", message, List.of(place), dropped));
    }
    return list;
  }
}
