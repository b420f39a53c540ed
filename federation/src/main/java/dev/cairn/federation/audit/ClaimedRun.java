package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What receipts claim of one run, in words: at each place what it says, what another one says
 * instead and where that stands, and which is right if that is known. One owner.
 */
final class ClaimedRun {
  /** Most outputs, or refusals, told of one receipt. */
  private static final int SHOWN_MAX = 4;

  /** Most characters told of what one receipt says. */
  static final int SAYS_MAX = 200;

  private final String subject;
  private final List<Claim> claims = new ArrayList<>();

  /** A receipt at its place, the digest of its bytes, what it says, and who is told of it. */
  private record Claim(
      ArtifactKey key,
      PayloadDigest digest,
      Place place,
      ArtifactKey program,
      String says,
      CheckLedger ledger) {}

  /**
   * A run of which nothing is claimed yet.
   *
   * @param subject what findings about it have as theirs
   */
  ClaimedRun(String subject) {
    this.subject = subject;
  }

  /** The one of this digest of program and inputs. */
  static ClaimedRun of(Bytes run) {
    return new ClaimedRun(run.toHex());
  }

  /**
   * Adds a receipt; one of another run, or that does not say how the run must end, is none.
   *
   * @param ledger takes what is to be told of it
   */
  void add(Receipt receipt, Place place, CheckLedger ledger) {
    if (receipt.status().isConclusive() && receipt.invocation().digest().toHex().equals(subject)) {
      ArtifactKey key = Objects.requireNonNull(place.canonicalId());
      PayloadDigest digest = PayloadDigest.of(receipt.encode());
      claims.add(new Claim(key, digest, place, receipt.program(), says(receipt), ledger));
    }
  }

  /** True if there are claims that contradict each other. */
  boolean isContradicted() {
    return claims.stream().map(Claim::digest).distinct().count() > 1;
  }

  /**
   * Tells each place, if there are claims that contradict each other.
   *
   * @param judged whether a receipt is right, as far as running it again has shown
   */
  void tell(Function<ArtifactKey, Optional<Boolean>> judged) {
    Optional<Claim> right =
        claims.stream().filter(claim -> judged.apply(claim.key).orElse(false)).findFirst();
    for (Claim each : claims) {
      Optional<Claim> other =
          claims.stream().filter(another -> !another.digest.equals(each.digest)).findFirst();
      if (other.isPresent()) {
        String seen =
            cut(each.says)
                + "; "
                + instead(each, other.get())
                + judgement(each, judged.apply(each.key), right)
                + each.place.detail();
        each.ledger.add(
            AuditCheck.RECEIPT_CLAIMS,
            Kind.CONTRADICTION,
            subject,
            "receipts of program " + each.program + " on the same inputs contradict each other",
            each.place.with(seen));
      }
    }
  }

  private static String instead(Claim each, Claim other) {
    Place place = other.place;
    return "receipt "
        + other.key
        + (each.place.source().equals(place.source()) ? "" : " in " + place.source())
        + ", logseq "
        + place.logseq()
        + " of "
        + place.origin()
        + ", "
        + (each.says.equals(other.says)
            ? "says the same of that, and not of its steps"
            : cut(other.says))
        + place.detail();
  }

  /** One that was not run itself is right if the right one says the same under another key. */
  private static String judgement(Claim each, Optional<Boolean> judged, Optional<Claim> right) {
    boolean same = right.filter(claim -> claim.digest.equals(each.digest)).isPresent();
    if (judged.isPresent() || same) {
      return same || judged.orElse(false)
          ? "; right: running the program again gives this receipt"
          : "; wrong: running the program again gives another receipt"
              + right.map(claim -> ", " + claim.key).orElse("");
    }
    return right
        .map(claim -> "; wrong: running the program again gives receipt " + claim.key)
        .orElse("; not run again here, so whether it is right is not known");
  }

  private static String cut(String text) {
    return text.codePointCount(0, text.length()) <= SAYS_MAX
        ? text
        : text.substring(0, text.offsetByCodePoints(0, SAYS_MAX)) + "...";
  }

  /** What a receipt tells of a run's end, for people. */
  static String says(Receipt receipt) {
    return receipt.status() == RunStatus.SUCCEEDED
        ? "says that it gave "
            + some(
                receipt.outputs().size(),
                receipt.outputs().entrySet().stream()
                    .map(output -> output.getKey() + "=" + output.getValue()))
        : "says that it was refused: "
            + some(
                receipt.failures().size(),
                receipt.failures().entrySet().stream()
                    .map(
                        node ->
                            node.getKey()
                                + ": "
                                + node.getValue().code()
                                + ", "
                                + node.getValue().message()));
  }

  private static String some(int count, Stream<String> all) {
    return all.limit(SHOWN_MAX).collect(Collectors.joining(", "))
        + (count > SHOWN_MAX ? " and " + (count - SHOWN_MAX) + " more" : "");
  }
}
