package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.View;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
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

  private final TableReader rows;
  private final View view;
  private final Bytes step;
  private final @Nullable SortedSet<NodeId> nodes;
  private final int attestationsMax;
  private final List<StepClaim> claims = new ArrayList<>();

  StepClaims(
      TableReader rows,
      View view,
      Bytes step,
      @Nullable SortedSet<NodeId> nodes,
      int attestationsMax) {
    this.rows = rows;
    this.view = view;
    this.step = step;
    this.nodes = nodes;
    this.attestationsMax = attestationsMax;
  }

  List<StepClaim> read() {
    try (RowCursor cursor = rows.scanPrefix(ReceiptIndex.STEP, step)) {
      boolean more = cursor.next();
      while (more) {
        Bytes claim = cursor.key().slice(0, NODE_AT);
        Bytes outputs = cursor.value();
        List<Attestation> found =
            nodes == null ? everybody(cursor, claim) : these(cursor, claim, nodes);
        if (!found.isEmpty() || (nodes != null && isLive(cursor, claim))) {
          claims.add(new StepClaim(ReceiptIndex.outputs(outputs), found));
        }
        more = leap(cursor, claim.prefixEnd());
      }
    }
    return claims;
  }

  /** Goes to the first row at or behind a key; the end of all keys is empty, as for prefixes. */
  private static boolean leap(RowCursor cursor, Bytes to) {
    if (to.isEmpty()) {
      return false;
    }
    cursor.seek(to);
    return cursor.next();
  }

  private List<Attestation> everybody(RowCursor cursor, Bytes claim) {
    List<Attestation> found = new ArrayList<>();
    boolean more = true;
    while (more && cursor.key().startsWith(claim)) {
      ArtifactKey receipt = receipt(cursor.key());
      if (view.isLive(receipt)) {
        found.add(new Attestation(node(cursor.key()), receipt));
        if (found.size() == attestationsMax) {
          return found;
        }
        more = leap(cursor, cursor.key().slice(0, RECEIPT_AT).prefixEnd());
      } else {
        more = cursor.next();
      }
    }
    return found;
  }

  private List<Attestation> these(RowCursor cursor, Bytes claim, SortedSet<NodeId> wanted) {
    List<Attestation> found = new ArrayList<>();
    Iterator<NodeId> next = wanted.iterator();
    while (next.hasNext() && found.size() < attestationsMax) {
      Bytes prefix = claim.plus(next.next().digest());
      boolean more = leap(cursor, prefix);
      while (more && cursor.key().startsWith(prefix)) {
        ArtifactKey receipt = receipt(cursor.key());
        if (view.isLive(receipt)) {
          found.add(new Attestation(node(cursor.key()), receipt));
          more = false;
        } else {
          more = cursor.next();
        }
      }
    }
    return found;
  }

  /** Whether anybody at all makes the claim. */
  private boolean isLive(RowCursor cursor, Bytes claim) {
    boolean more = leap(cursor, claim);
    while (more && cursor.key().startsWith(claim)) {
      if (view.isLive(receipt(cursor.key()))) {
        return true;
      }
      more = cursor.next();
    }
    return false;
  }

  static Bytes claim(Bytes key) {
    return key.slice(0, NODE_AT);
  }

  static Bytes step(Bytes key) {
    return key.slice(0, CLAIM_AT);
  }

  static NodeId node(Bytes key) {
    return new NodeId(key.slice(NODE_AT, RECEIPT_AT));
  }

  static ArtifactKey receipt(Bytes key) {
    return ArtifactKey.fromBytes(key.slice(RECEIPT_AT, NUMBER_AT));
  }

  static int number(Bytes key) {
    return key.u32At(NUMBER_AT);
  }
}
