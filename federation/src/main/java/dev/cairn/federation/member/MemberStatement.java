package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node states about membership, in its own log. Payload of an artifact of type {@code
 * federation/member}; the byte format is that of {@code member.md}.
 *
 * <pre>
 *   [1, speaker: bytes 32, 0, held]                                        joins
 *   [1, speaker: bytes 32, 1, held]                                        acknowledges
 *   [1, speaker: bytes 32, 2, [node: bytes 32, epoch, index, reason: text / null]]   ends a membership
 *   held = [[node: bytes 32, epoch, tree size], ...]
 * </pre>
 *
 * <p>In a log of another node than the speaker it says nothing.
 */
public sealed interface MemberStatement {
  /** Type of the artifacts that carry statements. */
  TypeTag TYPE = new TypeTag("federation/member");

  /** Most logs that one statement names. */
  int HELD_MAX = 65_536;

  /** Longest reason, in UTF-16 units. */
  int REASON_CHARS_MAX = 1024;

  /** Whose log it belongs in. */
  NodeId speaker();

  /** The artifact's payload. */
  Bytes encode();

  /** The key of this as an artifact. */
  default ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }

  /**
   * The speaker becomes a member, until an {@link Ending} names this record.
   *
   * @param held as in {@link Acknowledgement}
   */
  record Joining(NodeId speaker, SortedMap<Origin, Long> held) implements MemberStatement {
    public Joining {
      held = checked(held);
    }

    @Override
    public Bytes encode() {
      return heldStatement(speaker, JOINING, held);
    }
  }

  /**
   * The speaker has applied, durably, so many records of these logs. Of its own log that is all
   * before the statement; of a log that is not named, nothing.
   *
   * @param held records of each log, from 1 on
   */
  record Acknowledgement(NodeId speaker, SortedMap<Origin, Long> held) implements MemberStatement {
    public Acknowledgement {
      held = checked(held);
    }

    @Override
    public Bytes encode() {
      return heldStatement(speaker, ACKNOWLEDGEMENT, held);
    }
  }

  /**
   * The membership that began with one record ends: the speaker leaves, or a member evicts another.
   *
   * @param log in which the {@link Joining} stands; its node is whose membership ends
   * @param index of that record
   * @param reason for people; in NFC, at most {@value #REASON_CHARS_MAX} characters
   */
  record Ending(NodeId speaker, Origin log, long index, @Nullable String reason)
      implements MemberStatement {
    public Ending {
      if (index < 0) {
        throw new MalformedException("member statement: index " + index);
      }
      if (reason != null
          && (reason.length() > REASON_CHARS_MAX || !CborWriter.isCanonical(reason))) {
        throw new MalformedException(
            "member statement: a reason of more than "
                + REASON_CHARS_MAX
                + " characters, or not well-formed Unicode in NFC");
      }
    }

    @Override
    public Bytes encode() {
      CborWriter out = begin(speaker, ENDING).array(ENDING_FIELDS);
      out.bytes(log.node().digest()).uint(log.epoch()).uint(index);
      return (reason == null ? out.nul() : out.text(reason)).toBytes();
    }
  }

  /** The version of the format. */
  int VERSION = 1;

  /** Fields of a statement. */
  int FIELDS = 4;

  /** Fields of what is held of one log. */
  int HELD_FIELDS = 3;

  /** Fields of what ends a membership. */
  int ENDING_FIELDS = 4;

  /** Number of a {@link Joining}. */
  int JOINING = 0;

  /** Number of an {@link Acknowledgement}. */
  int ACKNOWLEDGEMENT = 1;

  /** Number of an {@link Ending}. */
  int ENDING = 2;

  /** Reads a payload, strictly. */
  static MemberStatement decode(Bytes encoded) {
    CborReader in = new CborReader("member statement", encoded);
    NodeId speaker = readSpeaker(in);
    int kind = in.uint(ENDING);
    MemberStatement statement;
    if (kind == ENDING) {
      in.array(ENDING_FIELDS);
      Origin log = origin(in);
      long index = in.uint();
      statement = new Ending(speaker, log, index, in.nul() ? null : in.text());
    } else {
      TreeMap<Origin, Long> held = new TreeMap<>();
      readHeld(in, held::put);
      statement = kind == JOINING ? new Joining(speaker, held) : new Acknowledgement(speaker, held);
    }
    in.end();
    return statement;
  }

  /**
   * As {@link #decode}, for one who keeps nothing of what a long statement says.
   *
   * @param each takes what is held of each log, in order of logs
   * @return how many logs that is; 0 of an {@link Ending}
   */
  static int forEachHeld(Bytes encoded, ObjLongConsumer<Origin> each) {
    CborReader in = new CborReader("member statement", encoded);
    var unused = readSpeaker(in);
    if (in.uint(ENDING) == ENDING) {
      return 0;
    }
    int count = readHeld(in, each);
    in.end();
    return count;
  }

  private static NodeId readSpeaker(CborReader in) {
    in.structure(VERSION, FIELDS);
    return new NodeId(in.bytes(NodeId.BYTES));
  }

  private static int readHeld(CborReader in, ObjLongConsumer<Origin> each) {
    int count = in.array();
    if (count > HELD_MAX) {
      throw tooMany(count);
    }
    Origin before = null;
    for (int i = 0; i < count; i++) {
      in.array(HELD_FIELDS);
      Origin log = origin(in);
      if (before != null && log.compareTo(before) <= 0) {
        throw in.malformed("logs out of order or twice");
      }
      each.accept(log, in.uint());
      before = log;
    }
    return count;
  }

  private static Origin origin(CborReader in) {
    NodeId node = new NodeId(in.bytes(NodeId.BYTES));
    int epoch = in.uint(Integer.MAX_VALUE);
    if (epoch < 1) {
      throw in.malformed("epoch 0");
    }
    return new Origin(node, epoch);
  }

  private static SortedMap<Origin, Long> checked(SortedMap<Origin, Long> held) {
    if (held.size() > HELD_MAX) {
      throw tooMany(held.size());
    }
    for (Map.Entry<Origin, Long> each : held.entrySet()) {
      if (each.getValue() < 1) {
        throw new MalformedException(
            "member statement: " + each.getValue() + " records of " + each.getKey());
      }
    }
    return Collections.unmodifiableSortedMap(new TreeMap<>(held));
  }

  private static MalformedException tooMany(int logs) {
    return new MalformedException("member statement: " + logs + " logs, more than " + HELD_MAX);
  }

  private static Bytes heldStatement(NodeId speaker, int kind, SortedMap<Origin, Long> held) {
    CborWriter out = begin(speaker, kind).array(held.size());
    held.forEach(
        (log, size) ->
            out.array(HELD_FIELDS).bytes(log.node().digest()).uint(log.epoch()).uint(size));
    return out.toBytes();
  }

  private static CborWriter begin(NodeId speaker, int kind) {
    return new CborWriter().array(FIELDS).uint(VERSION).bytes(speaker.digest()).uint(kind);
  }
}
