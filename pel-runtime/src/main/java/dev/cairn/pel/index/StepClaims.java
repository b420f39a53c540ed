package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is said of one step, leaping from answer to answer and from node to node: a step that
 * stands in a million receipts costs as much as one that stands in one. Used once.
 */
final class StepClaims {
  private static final int CLAIM_AT = HashAlgorithm.DIGEST_BYTES;
  private static final int NODE_AT = CLAIM_AT + ReceiptIndex.CLAIM_BYTES;
  private static final int RECEIPT_AT = NODE_AT + NodeId.BYTES;
  private static final int NUMBER_AT = RECEIPT_AT + ArtifactKey.BYTES;

  private final Predicate<ArtifactKey> live;
  private final @Nullable SortedSet<NodeId> nodes;
  private final int attestationsMax;
  private final RowCursor cursor;
  private boolean ended;

  private StepClaims(
      RowCursor cursor,
      Predicate<ArtifactKey> live,
      @Nullable SortedSet<NodeId> nodes,
      int attestationsMax) {
    this.cursor = cursor;
    this.live = live;
    this.nodes = nodes;
    this.attestationsMax = attestationsMax;
  }

  static List<StepClaim> read(
      TableReader rows,
      Predicate<ArtifactKey> live,
      Bytes step,
      @Nullable SortedSet<NodeId> nodes,
      int attestationsMax) {
    try (RowCursor cursor = rows.scanPrefix(ReceiptIndex.STEP, step)) {
      return new StepClaims(cursor, live, nodes, attestationsMax).read();
    }
  }

  private List<StepClaim> read() {
    List<StepClaim> claims = new ArrayList<>();
    step();
    while (!ended) {
      Bytes claim = claim(cursor.key());
      Bytes row = cursor.key();
      Bytes outputs = cursor.value();
      List<Attestation> found = nodes == null ? everybody(claim) : these(claim, nodes);
      if (!found.isEmpty() || (nodes != null && isLive(claim))) {
        claims.add(new StepClaim(ReceiptIndex.outputs(row, outputs), found));
      }
      goTo(claim.prefixEnd());
    }
    return claims;
  }

  private void step() {
    ended = !cursor.next();
  }

  /**
   * Goes to the first row at or behind a key that is not behind the present one; the end of all
   * keys is empty, as for prefixes. The next row mostly is that one, and costs less than a search.
   */
  private void goTo(Bytes key) {
    if (key.isEmpty()) {
      ended = true;
    }
    if (!ended && cursor.key().compareTo(key) < 0) {
      step();
      if (!ended && cursor.key().compareTo(key) < 0) {
        cursor.seek(key);
        step();
      }
    }
  }

  private boolean isWithin(Bytes prefix) {
    return !ended && cursor.key().startsWith(prefix);
  }

  private List<Attestation> everybody(Bytes claim) {
    List<Attestation> found = new ArrayList<>();
    while (isWithin(claim) && found.size() < attestationsMax) {
      Bytes key = cursor.key();
      ArtifactKey receipt = receipt(key);
      if (live.test(receipt)) {
        found.add(new Attestation(node(key), receipt));
        goTo(key.slice(0, RECEIPT_AT).prefixEnd());
      } else {
        step();
      }
    }
    return found;
  }

  private List<Attestation> these(Bytes claim, SortedSet<NodeId> wanted) {
    List<Attestation> found = new ArrayList<>();
    for (NodeId node : wanted) {
      Bytes prefix = claim.plus(node.digest());
      goTo(prefix);
      boolean open = found.size() < attestationsMax;
      while (open && isWithin(prefix)) {
        ArtifactKey receipt = receipt(cursor.key());
        if (live.test(receipt)) {
          found.add(new Attestation(node, receipt));
          open = false;
        } else {
          step();
        }
      }
    }
    return found;
  }

  /** Whether anybody at all makes the claim. */
  private boolean isLive(Bytes claim) {
    cursor.seek(claim);
    step();
    while (isWithin(claim)) {
      if (live.test(receipt(cursor.key()))) {
        return true;
      }
      step();
    }
    return false;
  }

  static Bytes claim(Bytes key) {
    return ReceiptIndex.STEP.read(key, key, (row, same) -> row.slice(0, NODE_AT));
  }

  static Bytes step(Bytes key) {
    return key.slice(0, CLAIM_AT);
  }

  static NodeId node(Bytes key) {
    return ReceiptIndex.STEP.read(
        key, key, (row, same) -> new NodeId(row.slice(NODE_AT, RECEIPT_AT)));
  }

  static ArtifactKey receipt(Bytes key) {
    return ReceiptIndex.STEP.read(
        key, key, (row, same) -> ArtifactKey.fromBytes(row.slice(RECEIPT_AT, NUMBER_AT)));
  }

  static int number(Bytes key) {
    return ReceiptIndex.STEP.read(key, key, (row, same) -> row.u32At(NUMBER_AT));
  }
}
