package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.asl.model.CanonicalEncoding;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.ConvergenceCertificate;
import dev.cairn.asl.note.CosignerKey;
import dev.cairn.asl.note.LogProof;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.note.VerifierKey;
import dev.cairn.federation.audit.ExcerptAudit;
import dev.cairn.federation.brick.BrickManifest;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpts;
import dev.cairn.federation.filter.InterestFilter;
import dev.cairn.federation.member.MemberStatement;
import dev.cairn.federation.proof.ArtifactProof;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.reconcile.Differences;
import dev.cairn.federation.reconcile.RangeItem;
import dev.cairn.federation.reconcile.ReconcileOptions;
import dev.cairn.federation.reconcile.Reconciler;
import dev.cairn.federation.reconcile.SortedItems;
import dev.cairn.federation.shard.RangeStatement;
import dev.cairn.federation.tls.NodeTrustManager;
import dev.cairn.federation.wire.FrameCodec;
import dev.cairn.federation.wire.FrameLimits;
import dev.cairn.federation.wire.Packing;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Borrowing;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunRequest;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.pel.wasm.binary.ModuleRewriter;
import dev.cairn.pel.wasm.binary.PreparedModule;
import dev.cairn.pel.wasm.engine.CompiledModule;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.Observation;
import dev.cairn.tgk.finding.Occurrence;
import dev.cairn.tgk.finding.Sighting;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanJson;
import dev.cairn.tgk.plan.PlanText;
import dev.cairn.tgk.plan.run.Continuation;
import dev.cairn.tgk.segment.Segment;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What must hold of each decoder, whatever bytes it is given: it answers with a value or with one
 * of our own errors, and a value that has one encoding only was read from just that. Each method
 * throws an {@link AssertionError}, or what the decoder should not have thrown, if it does not.
 */
final class Decoders {
  private static final int NESTING_MAX = 64;
  private static final int RANGE_ITEMS = 200;

  private static final Map<String, Consumer<byte[]>> ALL =
      Map.ofEntries(
          Map.entry("record", Decoders::record),
          Map.entry("tombstoneNote", Decoders::tombstoneNote),
          Map.entry("artifact", Decoders::artifact),
          Map.entry("cbor", Decoders::cbor),
          Map.entry("epochOpening", Decoders::epochOpening),
          Map.entry("memberStatement", Decoders::memberStatement),
          Map.entry("rangeStatement", Decoders::rangeStatement),
          Map.entry("snapshot", Decoders::snapshot),
          Map.entry("closing", Decoders::closing),
          Map.entry("bricks", Decoders::bricks),
          Map.entry("evidence", Decoders::evidence),
          Map.entry("convergence", Decoders::convergence),
          Map.entry("proof", Decoders::proof),
          Map.entry("keyText", Decoders::keyText),
          Map.entry("continuation", Decoders::continuation),
          Map.entry("packed", Decoders::packed),
          Map.entry("module", Decoders::module),
          Map.entry("operated", Operated::check),
          Map.entry("imported", Imported::check),
          Map.entry("edge", Decoders::edge),
          Map.entry("finding", Decoders::finding),
          Map.entry("program", Decoders::program),
          Map.entry("programText", Decoders::programText),
          Map.entry("receipt", Decoders::receipt),
          Map.entry("request", Decoders::request),
          Map.entry("signedNote", Decoders::signedNote),
          Map.entry("checkpoint", Decoders::checkpoint),
          Map.entry("frame", Decoders::frame),
          Map.entry("bundle", Decoders::bundle),
          Map.entry("excerpt", Decoders::excerpt),
          Map.entry("segment", Decoders::segment),
          Map.entry("query", Decoders::query),
          Map.entry("filter", Decoders::filter),
          Map.entry("ranges", Decoders::ranges),
          Map.entry("stretch", StretchEvents::check),
          Map.entry("certificate", Decoders::certificate));

  private Decoders() {}

  /** What each is called on the command line of {@code testkit/fuzz}. */
  static Set<String> names() {
    return new TreeSet<>(ALL.keySet());
  }

  /** The decoder of a name. */
  static Consumer<byte[]> named(String name) {
    Consumer<byte[]> decoder = ALL.get(name);
    if (decoder == null) {
      throw new IllegalArgumentException("no decoder " + name + ", but " + names());
    }
    return decoder;
  }

  /** A decoder of a canonical form: what it reads, it writes again byte for byte. */
  private static <T> void canonical(
      byte[] input, Function<Bytes, T> decode, Function<T, Bytes> encode) {
    Bytes bytes = Bytes.wrap(input);
    T value;
    try {
      value = decode.apply(bytes);
    } catch (CairnException refused) {
      return;
    }
    if (!encode.apply(value).equals(bytes)) {
      throw new AssertionError("another encoding of " + value + " was accepted");
    }
  }

  /** A decoder of a canonical text; bytes that are no text come to it as another text. */
  private static <T> void canonicalText(
      byte[] input, Function<String, T> decode, Function<T, String> encode) {
    canonical(
        Bytes.utf8(Bytes.wrap(input).toUtf8()).toArray(),
        bytes -> decode.apply(bytes.toUtf8()),
        value -> Bytes.utf8(encode.apply(value)));
  }

  /** A decoder of a form that has many spellings: what it writes, it reads as the same value. */
  private static <T> void spelled(
      byte[] input, Function<Bytes, T> decode, Function<T, Bytes> encode) {
    T value;
    try {
      value = decode.apply(Bytes.wrap(input));
    } catch (CairnException refused) {
      return;
    }
    T again = decode.apply(encode.apply(value));
    if (!again.equals(value)) {
      throw new AssertionError(value + " is read again as " + again);
    }
  }

  private static void record(byte[] input) {
    canonical(input, LogRecord::decode, LogRecord::encode);
  }

  private static void tombstoneNote(byte[] input) {
    canonical(input, TombstoneNote::decode, TombstoneNote::encode);
  }

  private static void artifact(byte[] input) {
    canonical(input, CanonicalEncoding::parse, CanonicalEncoding::encode);
  }

  private static void epochOpening(byte[] input) {
    canonical(input, EpochOpening::decode, EpochOpening::encode);
  }

  private static void memberStatement(byte[] input) {
    canonical(input, MemberStatement::decode, MemberStatement::encode);
  }

  private static void rangeStatement(byte[] input) {
    canonical(input, RangeStatement::decode, RangeStatement::encode);
  }

  private static void snapshot(byte[] input) {
    canonical(input, Snapshot::decode, Snapshot::encode);
  }

  private static void closing(byte[] input) {
    canonical(input, LogClosing::decode, LogClosing::encode);
  }

  private static void bricks(byte[] input) {
    canonical(input, BrickManifest::decode, BrickManifest::encode);
  }

  /** Evidence of both kinds: what is accepted is checked, and has one encoding. */
  private static void evidence(byte[] input) {
    canonical(input, Evidence::decode, Evidence::encoded);
    canonical(input, StateEvidence::decode, StateEvidence::encoded);
  }

  private static void convergence(byte[] input) {
    canonical(input, ConvergenceCertificate::verified, ConvergenceCertificate::encode);
  }

  /** A log proof with its parts, and an artifact's, which is one with an artifact in it. */
  private static void proof(byte[] input) {
    canonical(input, LogProof::parse, LogProof::encode);
    canonical(input, ArtifactProof::verified, ArtifactProof::encode);
  }

  private static void keyText(byte[] input) {
    canonicalText(input, VerifierKey::parse, VerifierKey::format);
    canonicalText(input, CosignerKey::parse, CosignerKey::format);
  }

  private static void continuation(byte[] input) {
    canonicalText(input, Continuation::parse, Continuation::text);
  }

  /** What comes out of a packed frame is no longer than a frame may be, and is not packed. */
  private static void packed(byte[] input) {
    Bytes unpacked;
    try {
      unpacked = Packing.unpack(Bytes.wrap(input), Packing.CODECS);
    } catch (CairnException refused) {
      return;
    }
    if (unpacked.length() > Math.max(input.length, FrameLimits.FRAME_BYTES_MAX)) {
      throw new AssertionError(unpacked.length() + " bytes came out of " + input.length);
    }
  }

  /** A module that is accepted can be compiled. */
  private static void module(byte[] input) {
    PreparedModule prepared;
    try {
      prepared = ModuleRewriter.prepare(Bytes.wrap(input));
    } catch (OperatorFailure refused) {
      return;
    }
    if (CompiledModule.compile(prepared).length() <= 0) {
      throw new AssertionError("a module of no length");
    }
  }

  private static void edge(byte[] input) {
    canonical(input, Edge::decode, Edge::encode);
  }

  /** The four artifacts that findings consist of; the first byte chooses. */
  private static void finding(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Bytes.wrap(input).slice(1).toArray();
    switch (input[0] & 3) {
      case 0 -> canonical(rest, Finding::decode, Finding::encode);
      case 1 -> canonical(rest, Occurrence::decode, Occurrence::encode);
      case 2 -> canonical(rest, Observation::decode, Observation::encode);
      default -> canonical(rest, Sighting::decode, Sighting::encode);
    }
  }

  private static void program(byte[] input) {
    canonical(input, Program::decode, Program::encode);
  }

  /** What is read from a text is a program that has an encoding. */
  private static void programText(byte[] input) {
    Program program;
    try {
      program = ProgramText.read(Bytes.wrap(input));
    } catch (CairnException refused) {
      return;
    }
    canonical(program.encode().toArray(), Program::decode, Program::encode);
  }

  private static void receipt(byte[] input) {
    canonical(input, Receipt::decode, Receipt::encode);
  }

  /** The other artifacts of programs; the first byte chooses. */
  private static void request(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Bytes.wrap(input).slice(1).toArray();
    switch (input[0] % 3) {
      case 0 -> canonical(rest, RunRequest::decode, RunRequest::encode);
      case 1 -> canonical(rest, Borrowing::decode, Borrowing::encode);
      default -> canonical(rest, ArtifactList::decode, ArtifactList::encode);
    }
  }

  private static void signedNote(byte[] input) {
    canonical(input, SignedNote::parse, SignedNote::encode);
  }

  private static void checkpoint(byte[] input) {
    canonical(input, bytes -> Checkpoint.parse(bytes.toUtf8()), value -> Bytes.utf8(value.text()));
  }

  private static void frame(byte[] input) {
    Optional<PeerMessage> message;
    try {
      message = FrameCodec.decode(Bytes.wrap(input));
    } catch (CairnException refused) {
      return;
    }
    if (message.isPresent()
        && !FrameCodec.decode(FrameCodec.encode(message.get())).equals(message)) {
      throw new AssertionError(message + " is not what its own encoding gives");
    }
  }

  private static void bundle(byte[] input) {
    try {
      Path file = Files.createTempFile("fuzz", ".bundle");
      try {
        Files.write(file, input);
        Bundles.verify(file);
      } catch (CairnException refused) {
        return;
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An excerpt that was read is written as it was, and can be audited and explained. Its checksums
   * are made to fit first, as whoever means harm would: else nothing behind them is reached.
   */
  private static void excerpt(byte[] input) {
    Bytes sealed = Sealed.again(input);
    Excerpt excerpt;
    try {
      excerpt = Excerpts.decode("fuzz", sealed);
    } catch (CairnException refused) {
      return;
    }
    if (!Excerpts.encode(excerpt).equals(sealed)) {
      throw new AssertionError(excerpt + " is not what its own encoding gives");
    }
    ExcerptAudit audit = new ExcerptAudit(excerpt, null);
    if (!audit.report().equals(new ExcerptAudit(excerpt, null).report())) {
      throw new AssertionError("another report of the same " + excerpt);
    }
    audit.explanations();
  }

  /** A segment that was opened can be walked from end to end. */
  private static void segment(byte[] input) {
    Segment segment;
    try {
      segment = Segment.read(ByteBuffer.wrap(input), "fuzz");
    } catch (CairnException refused) {
      return;
    }
    for (int node = 0; node < segment.nodes(); node++) {
      if (segment.find(segment.key(node)) != node) {
        throw new AssertionError("node " + node + " is not found by its key");
      }
    }
    walk(segment.up(), segment);
    walk(segment.down(), segment);
    for (int i = 0; i < segment.hyperedges(); i++) {
      segment.types().get(segment.hyperedgeType(i));
      for (int place = segment.causesAt(i); place < segment.endsAt(i); place++) {
        segment.key(segment.end(place));
      }
    }
  }

  private static void walk(Segment.Side side, Segment segment) {
    int before = 0;
    for (int node = 0; node <= segment.nodes(); node++) {
      int start = side.start(node);
      if (start < before || start > side.arcs()) {
        throw new AssertionError("the arcs of node " + node + " begin at " + start);
      }
      before = start;
    }
    for (int i = 0; i < side.arcs(); i++) {
      int to = side.arc(i);
      if (to < 0 || to >= segment.nodes() + segment.hyperedges()) {
        throw new AssertionError("arc " + i + " leads to " + to);
      }
      segment.types().get(side.type(i));
    }
  }

  /** A plan's text is that of an equal plan; so is its JSON. */
  private static void query(byte[] input) {
    spelled(input, bytes -> PlanText.parse(bytes.toUtf8()), plan -> Bytes.utf8(PlanText.of(plan)));
    spelled(input, bytes -> json(bytes.toUtf8()), plan -> Bytes.utf8(PlanJson.of(plan)));
  }

  private static void filter(byte[] input) {
    spelled(
        input,
        bytes -> InterestFilter.parse(bytes.toUtf8()),
        filter -> Bytes.utf8(filter.toString()));
  }

  /** A peer's question, and its answer to the first one: what is said to it keeps its bound. */
  private static void ranges(byte[] input) {
    List<RangeItem> items = new ArrayList<>();
    for (int i = 0; i < RANGE_ITEMS; i++) {
      items.add(new RangeItem(i / 2, HashAlgorithm.SHA_256.hash(Bytes.u64(i))));
    }
    ReconcileOptions options = new ReconcileOptions(4, 8, ReconcileOptions.MESSAGE_BYTES_MIN, 2);
    Reconciler here = new Reconciler(new SortedItems(items), options);
    Set<Bytes> told = new HashSet<>();
    Differences differences =
        new Differences() {
          @Override
          public void have(Bytes id) {
            if (!told.add(id)) {
              throw new AssertionError(id + " is told twice");
            }
          }

          @Override
          public void need(Bytes id) {
            if (id.length() != HashAlgorithm.DIGEST_BYTES) {
              throw new AssertionError(id + " is no id");
            }
          }
        };
    bounded(options, () -> Optional.of(here.answer(Bytes.wrap(input))));
    here.open();
    bounded(options, () -> here.conclude(Bytes.wrap(input), differences));
  }

  private static void bounded(ReconcileOptions options, Supplier<Optional<Bytes>> step) {
    Optional<Bytes> said;
    try {
      said = step.get();
    } catch (CairnException refused) {
      return;
    }
    if (said.isPresent() && said.get().length() > options.messageBytesMax()) {
      throw new AssertionError("a message of " + said.get().length() + " bytes");
    }
  }

  private static Plan json(String text) {
    return PlanJson.parse(text);
  }

  private static void certificate(byte[] input) {
    X509Certificate certificate;
    try {
      certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(input));
    } catch (CertificateException refused) {
      return;
    }
    if (certificate == null) {
      return;
    }
    try {
      new NodeTrustManager(node -> {}, () -> 1_700_000_000_000L)
          .checkClientTrusted(new X509Certificate[] {certificate}, "UNKNOWN");
    } catch (CertificateException refused) {
      return;
    }
  }

  /** Any sequence of reads ends in a value or in {@link MalformedException}. */
  private static void cbor(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int script = Math.min(NESTING_MAX, input[0] & 0xff);
    if (input.length <= script) {
      return;
    }
    CborReader reader = new CborReader("fuzz", Bytes.wrap(input).slice(1 + script));
    try {
      for (int i = 1; i <= script; i++) {
        read(reader, input[i] & 7);
      }
      reader.end();
    } catch (MalformedException refused) {
      return;
    }
  }

  private static void read(CborReader reader, int what) {
    switch (what) {
      case 0 -> reader.uint();
      case 1 -> reader.integer();
      case 2 -> reader.bytes();
      case 3 -> reader.text();
      case 4 -> reader.bool();
      case 5 -> reader.nul();
      case 6 -> reader.array();
      default -> reader.uint(1_000);
    }
    if (reader.remaining() < 0) {
      throw new AssertionError("read beyond the end");
    }
  }
}
