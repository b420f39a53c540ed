package dev.cairn.federation.wire;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.bootstrap.BootstrapMessage;
import dev.cairn.federation.protocol.CosignMessage;
import dev.cairn.federation.protocol.CosignTag;
import dev.cairn.federation.protocol.EvidenceMessage;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.Follow;
import dev.cairn.federation.protocol.LiveMessage;
import dev.cairn.federation.protocol.LogRoots;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartialOffer;
import dev.cairn.federation.protocol.PartialWish;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Messages of every kind, drawn from a seed. */
public final class MessageSamples {
  private static final int KINDS = 27;
  private static final List<PeerMessage.Reason> REASONS = List.of(PeerMessage.Reason.values());
  private static final List<PublicKey> KEYS =
      IntStream.range(0, 4)
          .mapToObj(i -> SigningKey.fromSeed(Bytes.wrap(filled(i))).publicKey())
          .toList();

  private final Random random;

  /** Draws from {@code seed}. */
  public MessageSamples(long seed) {
    random = new Random(seed);
  }

  /** The next message, of any kind. */
  public PeerMessage next() {
    return next(random.nextInt(KINDS));
  }

  private FetchMessage.WantItem wantItem() {
    PayloadDigest digest = new PayloadDigest(fixed(32));
    return switch (random.nextInt(3)) {
      case 0 -> new FetchMessage.WantItem(digest, random.nextInt(65_537), null, 0);
      case 1 -> new FetchMessage.WantItem(digest, 65_537 + (number() >>> 1), fixed(32), 0);
      default -> new FetchMessage.WantItem(digest, 65_537 + (number() >>> 1), null, number());
    };
  }

  private PeerMessage next(int kind) {
    return switch (kind) {
      case 0 -> {
        int versionMin = 1 + random.nextInt(3);
        yield new PeerMessage.Hello(
            versionMin,
            versionMin + random.nextInt(100_000),
            "f" + "x".repeat(random.nextInt(Federation.NAME_CHARS_MAX)),
            NodeId.of(key()),
            key(),
            list(0, 4, () -> text(8)),
            random.nextBoolean(),
            random.nextBoolean(),
            cursor(),
            List.of("live/1", "later/" + random.nextInt(9)).stream().sorted().toList(),
            greetings());
      }
      case 1 -> {
        PublicKey key = key();
        yield new PeerMessage.OriginInfo(new Origin(NodeId.of(key), 1), key);
      }
      case 2 -> {
        Bytes data = fixed(1 + random.nextInt(300));
        long offset = number() >>> 2;
        long length = offset + data.length() + (number() >>> 2);
        yield new PeerMessage.PayloadPiece(new PayloadDigest(fixed(32)), length, offset, data);
      }
      case 3 -> new PeerMessage.Records(list(1, 4, this::run));
      case 4 -> new PeerMessage.CheckpointNote(origin(), positive(), bytes(400));
      case 5 -> new PeerMessage.DeltaEnd(number(), number(), number());
      case 6 -> new PeerMessage.Ack(cursor());
      case 7 -> new PeerMessage.Heartbeat(number());
      case 8 -> new PeerMessage.Finished();
      case 9 -> new LiveMessage.Pulse(number(), cursor());
      case 10 -> new FetchMessage.Want(number() >>> 1, list(1, 5, this::wantItem));
      case 11 ->
          new FetchMessage.Pieces(list(1, 5, () -> new FetchMessage.Piece(number(), bytes(300))));
      case 12 -> new FetchMessage.Absent(list(1, 5, this::number));
      case 13 ->
          new FetchMessage.ChunkList(
              number(),
              10 + (number() >>> 1),
              list(1, 5, () -> new PayloadChunk(fixed(32), 1 + random.nextInt(1 << 20))));
      case 14 ->
          new LiveMessage.CursorAnswer(
              origin(),
              List.of(LiveMessage.CursorProblem.values()).get(random.nextInt(4)),
              number(),
              number());
      case 15 -> new EvidenceMessage.CheckpointWanted(origin(), positive());
      case 16 -> new EvidenceMessage.CheckpointShown(origin(), bytes(400));
      case 17 -> new EvidenceMessage.EvidenceShown(fixed(1 + random.nextInt(300)));
      case 18 -> new BootstrapMessage.SnapshotAsk();
      case 19 -> new BootstrapMessage.SnapshotTell(fixed(1 + random.nextInt(300)));
      case 20 -> {
        long from = number() >>> 1;
        yield new BootstrapMessage.StretchAsk(
            origin(), from, from + (number() >>> 1), random.nextBoolean());
      }
      case 21 -> new BootstrapMessage.StretchData(fixed(1 + random.nextInt(300)));
      case 22 ->
          new BootstrapMessage.StretchEnd(
              random.nextBoolean(),
              random.nextBoolean() ? key().encoded() : Bytes.EMPTY,
              bytes(300));
      case 23 ->
          new CosignMessage.Cosignatures(
              list(
                  1,
                  4,
                  () ->
                      new CosignMessage.Entry(
                          origin(),
                          positive(),
                          fixed(32),
                          key(),
                          new Cosignature(positive(), fixed(Cosignature.SIGNATURE_BYTES)))));
      case 24 -> new EvidenceMessage.PrefixWanted(origin(), positive());
      case 25 -> new EvidenceMessage.PrefixShown(origin(), bytes(400), list(0, 5, () -> fixed(32)));
      default -> new PeerMessage.Goodbye(REASONS.get(random.nextInt(REASONS.size())), text(50));
    };
  }

  private List<PartGreeting> greetings() {
    List<PartGreeting> greetings = new ArrayList<>();
    if (random.nextBoolean()) {
      greetings.add(new Follow());
    }
    if (random.nextBoolean()) {
      List<LogRoots.Entry> roots =
          cursor().stream()
              .map(
                  entry ->
                      new LogRoots.Entry(
                          entry.origin(), entry.treeSize(), fixed(LogRoots.TAG_BYTES)))
              .toList();
      greetings.add(
          new LogRoots(
              roots, cursor().stream().map(CursorEntry::origin).toList(), random.nextBoolean()));
    }
    if (random.nextBoolean()) {
      greetings.add(new PartialWish());
    }
    if (random.nextBoolean()) {
      greetings.add(
          new PartialOffer(
              new Grant(
                  new TreeSet<>(Set.of(Right.READ)),
                  new TreeSet<>(list(1, 4, () -> "type/" + random.nextInt(99))),
                  new TreeSet<>(list(0, 4, () -> Integer.toHexString(random.nextInt(4_096)))))));
    }
    if (random.nextBoolean()) {
      greetings.add(new CosignTag(fixed(CosignTag.BYTES)));
    }
    return greetings;
  }

  private Run run() {
    return new Run(origin(), number() >>> 1, list(1, 6, this::item));
  }

  private Item item() {
    return new Item(bytes(200), random.nextBoolean() ? bytes(300) : null);
  }

  private CursorEntry cursorEntry() {
    return new CursorEntry(origin(), positive(), positive());
  }

  private List<CursorEntry> cursor() {
    TreeMap<Origin, CursorEntry> sorted = new TreeMap<>();
    list(0, 5, this::cursorEntry).forEach(entry -> sorted.put(entry.origin(), entry));
    return List.copyOf(sorted.values());
  }

  private long positive() {
    return Math.max(1, number());
  }

  private Origin origin() {
    return new Origin(NodeId.of(key()), 1 + random.nextInt(Integer.MAX_VALUE));
  }

  private PublicKey key() {
    return KEYS.get(random.nextInt(KEYS.size()));
  }

  /** Any magnitude, 0 and 2^63-1 included. */
  private long number() {
    return random.nextInt(8) == 0 ? Long.MAX_VALUE : random.nextLong() >>> (1 + random.nextInt(63));
  }

  private Bytes bytes(int max) {
    return fixed(random.nextInt(4) == 0 ? 0 : random.nextInt(max));
  }

  private Bytes fixed(int length) {
    byte[] drawn = new byte[length];
    random.nextBytes(drawn);
    return Bytes.wrap(drawn);
  }

  private String text(int max) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(max); left > 0; left--) {
      text.appendCodePoint(random.nextInt(3) == 0 ? 0x1F3D4 : 'a' + random.nextInt(26));
    }
    return text.toString();
  }

  private <T> List<T> list(int min, int end, Supplier<T> element) {
    return IntStream.range(0, min + random.nextInt(end - min))
        .mapToObj(i -> element.get())
        .toList();
  }

  private static byte[] filled(int value) {
    byte[] seed = new byte[SigningKey.SEED_BYTES];
    java.util.Arrays.fill(seed, (byte) value);
    return seed;
  }
}
