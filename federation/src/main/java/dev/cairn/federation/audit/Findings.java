package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers findings, one for each kind and subject, in order of discovery. Where there are more than
 * are kept, a worse one takes the place of the last of the least bad ones, so that the worst is
 * always kept, in whatever order they come. One owner.
 */
final class Findings {
  /** Most findings kept; beyond, one says how many more there were. */
  static final int FINDINGS_MAX = 10_000;

  private final Map<String, Open> open = new LinkedHashMap<>();

  /** Ids of those kept, by severity, in order of discovery. */
  private final TreeMap<Severity, Deque<String>> bySeverity = new TreeMap<>();

  private long dropped;

  /** The first of the worst that were dropped; null if none was. */
  private @Nullable Kind worstDropped;

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
      if (open.size() >= FINDINGS_MAX && !makeRoom(kind.severity())) {
        drop(kind, 1);
        return;
      }
      finding = new Open(kind, subject, message);
      open.put(id, finding);
      bySeverity.computeIfAbsent(kind.severity(), each -> new ArrayDeque<>()).addLast(id);
    }
    finding.count++;
    if (finding.places.size() < AuditFinding.PLACES_MAX) {
      finding.places.add(place);
    }
  }

  /** Drops one that is less bad; false if there is none. */
  private boolean makeRoom(Severity severity) {
    Map.Entry<Severity, Deque<String>> least = bySeverity.firstEntry();
    if (least.getKey().compareTo(severity) >= 0) {
      return false;
    }
    Open last = Objects.requireNonNull(open.remove(least.getValue().removeLast()));
    drop(last.kind, last.count);
    if (least.getValue().isEmpty()) {
      bySeverity.remove(least.getKey());
    }
    return true;
  }

  private void drop(Kind kind, long count) {
    dropped += count;
    if (worstDropped == null || kind.severity().compareTo(worstDropped.severity()) > 0) {
      worstDropped = kind;
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
    Kind worst = worstDropped;
    if (worst != null) {
      // What is less bad than an error must not become one by being much.
      Kind kind = worst.severity().compareTo(Severity.ERROR) < 0 ? worst : Kind.MORE;
      String message = dropped + " more occurrences of other findings were not kept";
      Place place = Place.of("audit", "findings").with(message);
      list.add(new AuditFinding(kind, "audit", message, List.of(place), dropped));
    }
    return list;
  }
}
