package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rows of this package's tables. All of them are the node's own and never compared; numbers in
 * keys are big-endian, values deterministic CBOR.
 *
 * <pre>
 *   fed.peer   name                 -> [1, address (UTF-8 bytes), pin | null, pinning, added]
 *   fed.node   node (32)            -> [1, standing, last seen]
 *                                       or [2, standing, last seen, rights, [type ...], [prefix ...]]
 *                                       or [3, standing, last seen, rights | null, [type ...],
 *                                           [prefix ...], conversations, frames, bytes, seconds]
 *   fed.log    node (32) origin (36)-> [1, applied size, applied logseq, records, snapshot | null,
 *                                       checkpoint, applied at, held size, held logseq]
 * </pre>
 *
 * <p>Version 2 of a node has a grant; its rights are 1 read, 2 write, 4 admin, added. Version 3 has
 * a quota, and a grant unless the rights are null; then there are no types and prefixes.
 *
 * <p>Pinnings are 0 none, 1 given, 2 first use; standings 0 unknown, 1 trusted, 2 revoked.
 */
final class PeerRows {
  static final Table PEER = new Table("fed.peer", Table.Scope.LOCAL);
  static final Table NODE = new Table("fed.node", Table.Scope.LOCAL);
  static final Table LOG = new Table("fed.log", Table.Scope.LOCAL);

  private static final int VERSION = 1;
  private static final int GRANTED = 2;
  private static final int NODE_FIELDS = 3;
  private static final int GRANTED_FIELDS = 6;
  private static final int LIMITED = 3;
  private static final int LIMITED_FIELDS = 10;

  private PeerRows() {}

  static Bytes key(String name) {
    return Bytes.utf8(name);
  }

  static Bytes key(NodeId peer, Origin origin) {
    return peer.digest().plus(origin.bytes());
  }

  static RowChange put(Peer peer) {
    CborWriter out =
        new CborWriter().array(5).uint(VERSION).bytes(Bytes.utf8(peer.address().toString()));
    NodeId pin = peer.pin();
    if (pin == null) {
      out.nul();
    } else {
      out.bytes(pin.digest());
    }
    out.uint(code(peer.pinning())).uint(peer.addedMillis());
    return RowChange.put(PEER, key(peer.name()), out.toBytes());
  }

  static RowChange put(KnownNode known) {
    Grant grant = known.grant();
    Quota quota = known.quota();
    int version = quota != null ? LIMITED : grant != null ? GRANTED : VERSION;
    CborWriter out =
        new CborWriter()
            .array(fields(version))
            .uint(version)
            .uint(code(known.standing()))
            .uint(known.lastSeenMillis());
    if (grant != null) {
      out.uint(grant.rights().stream().mapToInt(PeerRows::bit).sum());
      write(out, grant.types());
      write(out, grant.prefixes());
    } else if (quota != null) {
      out.nul().array(0).array(0);
    }
    if (quota != null) {
      out.uint(quota.conversations())
          .uint(quota.frames())
          .uint(quota.bytes())
          .uint(quota.seconds());
    }
    return RowChange.put(NODE, known.node().digest(), out.toBytes());
  }

  /**
   * What a damaged row of a node becomes: it may have been revoked, so it is, until a person trusts
   * it. Null if the row does not say which node it was.
   */
  static @Nullable Bytes safe(Bytes key) {
    if (key.length() != NodeId.BYTES) {
      return null;
    }
    return put(new KnownNode(new NodeId(key), Standing.REVOKED, 0, null, null)).value();
  }

  private static int fields(int version) {
    return switch (version) {
      case VERSION -> NODE_FIELDS;
      case GRANTED -> GRANTED_FIELDS;
      default -> LIMITED_FIELDS;
    };
  }

  private static void write(CborWriter out, Collection<String> texts) {
    out.array(texts.size());
    texts.forEach(out::text);
  }

  private static SortedSet<String> texts(CborReader in) {
    TreeSet<String> texts = new TreeSet<>();
    for (int count = in.array(); count > 0; count--) {
      texts.add(in.text());
    }
    return texts;
  }

  private static int bit(Right right) {
    return switch (right) {
      case READ -> 1;
      case WRITE -> 2;
      case ADMIN -> 4;
    };
  }

  private static SortedSet<Right> rights(CborReader in) {
    long bits = in.uint(7);
    TreeSet<Right> rights = new TreeSet<>();
    for (Right right : Right.values()) {
      if ((bits & bit(right)) != 0) {
        rights.add(right);
      }
    }
    return rights;
  }

  private static @Nullable Grant grant(CborReader in) {
    if (!in.nul()) {
      return new Grant(rights(in), texts(in), texts(in));
    }
    if (in.array() + in.array() > 0) {
      throw in.malformed("limits of no grant");
    }
    return null;
  }

  private static Quota quota(CborReader in) {
    return new Quota(in.uint(Integer.MAX_VALUE), in.uint(), in.uint(), in.uint());
  }

  static RowChange put(FederationLogEntry entry) {
    CborWriter out =
        new CborWriter()
            .array(9)
            .uint(VERSION)
            .uint(entry.appliedSize())
            .uint(entry.appliedLogseq())
            .uint(entry.recordsBrought());
    ArtifactKey snapshot = entry.snapshot();
    if (snapshot == null) {
      out.nul();
    } else {
      out.bytes(snapshot.bytes());
    }
    out.bytes(entry.checkpoint())
        .uint(entry.appliedMillis())
        .uint(entry.heldSize())
        .uint(entry.heldLogseq());
    return RowChange.put(LOG, key(entry.peer(), entry.origin()), out.toBytes());
  }

  static Peer peer(Row row) {
    String name = new String(row.key().toArray(), StandardCharsets.UTF_8);
    return PEER.read(
        row.key(),
        row.value(),
        (key, value) -> {
          CborReader in = new CborReader("peer row", value);
          in.structure(VERSION, 5);
          String address = new String(in.bytes().toArray(), StandardCharsets.UTF_8);
          @Nullable NodeId pin = in.nul() ? null : new NodeId(in.bytes(NodeId.BYTES));
          Peer.Pinning pinning = pinning(in);
          long added = in.uint();
          in.end();
          return new Peer(name, PeerAddress.parse(address), pin, pinning, added);
        });
  }

  static KnownNode node(Row row) {
    return NODE.read(
        row.key(),
        row.value(),
        (key, value) -> {
          NodeId node = new NodeId(key);
          CborReader in = new CborReader("node row", value);
          int count = in.array();
          int version = in.uint(LIMITED);
          if (version < VERSION || count != fields(version)) {
            throw in.malformed("no row of version 1 to " + LIMITED);
          }
          Standing standing = standing(in);
          long seen = in.uint();
          Grant grant = version == VERSION ? null : grant(in);
          if (version == GRANTED && grant == null) {
            throw in.malformed("a row of version 2 without a grant");
          }
          Quota quota = version == LIMITED ? quota(in) : null;
          in.end();
          return new KnownNode(node, standing, seen, grant, quota);
        });
  }

  static FederationLogEntry entry(Row row) {
    return LOG.read(
        row.key(),
        row.value(),
        (key, value) -> {
          NodeId peer = new NodeId(key.slice(0, NodeId.BYTES));
          Origin origin = Origin.fromBytes(key.slice(NodeId.BYTES));
          CborReader in = new CborReader("federation log row", value);
          in.structure(VERSION, 9);
          long size = in.uint();
          long logseq = in.uint();
          long records = in.uint();
          @Nullable ArtifactKey snapshot = in.nul() ? null : ArtifactKey.fromBytes(in.bytes());
          FederationLogEntry entry =
              new FederationLogEntry(
                  peer,
                  origin,
                  size,
                  logseq,
                  records,
                  snapshot,
                  in.bytes(),
                  in.uint(),
                  in.uint(),
                  in.uint());
          in.end();
          return entry;
        });
  }

  private static int code(Peer.Pinning pinning) {
    return switch (pinning) {
      case NONE -> 0;
      case GIVEN -> 1;
      case FIRST_USE -> 2;
    };
  }

  private static Peer.Pinning pinning(CborReader in) {
    return switch (in.uint(2)) {
      case 0 -> Peer.Pinning.NONE;
      case 1 -> Peer.Pinning.GIVEN;
      default -> Peer.Pinning.FIRST_USE;
    };
  }

  private static int code(Standing standing) {
    return switch (standing) {
      case UNKNOWN -> 0;
      case TRUSTED -> 1;
      case REVOKED -> 2;
    };
  }

  private static Standing standing(CborReader in) {
    return switch (in.uint(2)) {
      case 0 -> Standing.UNKNOWN;
      case 1 -> Standing.TRUSTED;
      default -> Standing.REVOKED;
    };
  }
}
