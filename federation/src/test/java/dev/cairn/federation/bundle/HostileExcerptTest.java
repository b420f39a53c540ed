package dev.cairn.federation.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.ExcerptAudit;
import dev.cairn.federation.audit.ExcerptMaker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Excerpts as a stranger may have made them, with checksums and a digest that fit. */
@Timeout(120)
class HostileExcerptTest {
  /** A fork of three records each, of which one of each story is shown: five frames. */
  private static Excerpt fork() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (TestNode node : List.of(one, two)) {
        node.put("common");
        node.put(node == one ? "one story" : "another story");
        node.put("later");
        node.store().signHead();
      }
      List<AuditSource> sources =
          List.of(new OfStore("one", one.store()), new OfStore("other", two.store()));
      AuditReport report = new Auditor(null).audit(sources);
      return new ExcerptMaker(sources, report, null).of(ExcerptMaker.worst(report).orElseThrow());
    }
  }

  private static List<Bytes> bodies(Bytes file) {
    List<Bytes> bodies = new ArrayList<>();
    int at = BundleFormat.PREAMBLE_BYTES;
    while (at < file.length()) {
      int length = file.slice(at, at + 4).toByteBuffer().getInt();
      bodies.add(file.slice(at + 8, at + 8 + length));
      at += 8 + length;
    }
    return bodies.subList(0, bodies.size() - 1);
  }

  private static Bytes sealed(List<Bytes> bodies) {
    Bytes all = BundleFormat.MAGIC.plus(Bytes.wrap(new byte[] {0, 2}));
    for (Bytes body : bodies) {
      all = all.plus(frame(body));
    }
    return all.plus(frame(HashAlgorithm.SHA_256.hash(all)));
  }

  private static Bytes frame(Bytes body) {
    ByteBuffer head = ByteBuffer.allocate(BundleFormat.FRAME_HEAD_BYTES);
    head.putInt(body.length()).putInt(BundleFormat.crc(body.toArray()));
    return Bytes.wrap(head.array()).plus(body);
  }

  private static Bytes header(String... names) {
    CborWriter out = new CborWriter().array(5).uint(1).text("test").text("fork").text("subject");
    out.array(names.length);
    List.of(names).forEach(out::text);
    return out.toBytes();
  }

  private static void refused(List<Bytes> bodies, String... told) {
    assertThatThrownBy(() -> Excerpts.decode("it", sealed(bodies)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContainingAll(told);
  }

  private static List<Bytes> with(List<Bytes> bodies, int at, Bytes body) {
    List<Bytes> changed = new ArrayList<>(bodies);
    changed.set(at, body);
    return changed;
  }

  private static List<Bytes> without(List<Bytes> bodies, int at) {
    List<Bytes> fewer = new ArrayList<>(bodies);
    fewer.remove(at);
    return fewer;
  }

  @Test
  void whatNoWriterWritesIsRefusedWithItsFrame() {
    Excerpt fork = fork();
    List<Bytes> bodies = bodies(Excerpts.encode(fork));
    assertThat(bodies).hasSize(5);
    assertThat(Excerpts.decode("it", sealed(bodies))).isEqualTo(fork);
    refused(with(bodies, 0, header("one", "one")), "frame 1 at byte 10", "both sources are called");
    refused(with(bodies, 0, header("one", "")), "frame 1 at byte 10", "without a name");
    refused(with(bodies, 0, header()), "frame 1 at byte 10", "0 sources");
    refused(with(bodies, 0, header("a", "b", "c")), "frame 1 at byte 10", "3 sources");
    // A log frame, and no record before the next log, or before the end.
    refused(without(bodies, 2), "frame 3 at byte", "without a record");
    refused(without(bodies, 4), "frame 5 at byte", "without a record");
    // A record before any log; the same one twice; sources and logs out of order.
    refused(without(bodies, 1), "frame 2 at byte", "a record out of place");
    List<Bytes> twice = new ArrayList<>(bodies);
    twice.add(3, bodies.get(2));
    refused(twice, "frame 4 at byte", "record 1 behind record 1");
    refused(
        List.of(bodies.get(0), bodies.get(3), bodies.get(4), bodies.get(1), bodies.get(2)),
        "frame 4 at byte",
        "sources out of order");
    List<Bytes> again = new ArrayList<>(bodies.subList(0, 3));
    again.addAll(bodies.subList(1, 5));
    refused(again, "frame 4 at byte", "out of order or twice");
    assertThatThrownBy(() -> new Excerpt.Side("", fork.sides().get(0).logs()))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () -> new Excerpt("test", "fork", "s", Collections.nCopies(2, fork.sides().get(0))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("both sources are called one");
  }

  @Test
  void recordsOutOfOrderAreRefused() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      ann.put("b");
      Excerpt.Held first = held(ann, 0);
      Excerpt.Held second = held(ann, 1);
      var head = ann.store().head(ann.origin()).orElseThrow();
      assertThatThrownBy(
              () ->
                  new Excerpt.Log(
                      ann.origin(),
                      head.key(),
                      2,
                      ann.store().logRoot(ann.origin(), 2),
                      null,
                      List.of(second, first)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("record 0 behind record 1");
    }
  }

  private static Excerpt.Held held(TestNode node, long index) {
    return new Excerpt.Held(
        node.store().record(node.origin(), index).orElseThrow().encode(),
        node.store().inclusionProof(node.origin(), index, 2),
        null);
  }

  @Test
  void everyCutAndEveryFlippedBitIsRefused() {
    Bytes whole = Excerpts.encode(fork());
    for (int length = 0; length < whole.length(); length++) {
      Bytes cut = whole.slice(0, length);
      assertThatThrownBy(() -> Excerpts.decode("it", cut)).isInstanceOf(CairnException.class);
    }
    for (int bit = 0; bit < whole.length() * 8; bit++) {
      Bytes flipped = flipped(whole, bit);
      assertThatThrownBy(() -> Excerpts.decode("it", flipped)).isInstanceOf(CairnException.class);
    }
  }

  private static Bytes flipped(Bytes bytes, int bit) {
    byte[] changed = bytes.toArray();
    changed[bit / 8] ^= (byte) (1 << bit % 8);
    return Bytes.wrap(changed);
  }

  /** Whoever changes a bit can make the sums fit, and proves no other thing by it. */
  @Test
  void aFlippedBitUnderSumsThatFitProvesNothingAgainstANode() {
    List<Bytes> bodies = bodies(Excerpts.encode(fork()));
    int refused = 0;
    int same = 0;
    int other = 0;
    for (int frame = 0; frame < bodies.size(); frame++) {
      for (int bit = 0; bit < bodies.get(frame).length() * 8; bit++) {
        Bytes changed = sealed(with(bodies, frame, flipped(bodies.get(frame), bit)));
        Optional<Verdict> verdict = verdict(changed);
        refused += verdict.isEmpty() ? 1 : 0;
        same += verdict.equals(Optional.of(Verdict.MISBEHAVIOUR)) ? 1 : 0;
        other += verdict.isPresent() && verdict.get() != Verdict.MISBEHAVIOUR ? 1 : 0;
        if (frame == 1 || frame == 3) {
          // A log with its note: nothing signed is left of it.
          assertThat(verdict)
              .as("frame %d, bit %d", frame, bit)
              .isNotEqualTo(Optional.of(Verdict.VERIFIED))
              .isNotEqualTo(Optional.of(Verdict.MISBEHAVIOUR));
        } else if (frame > 0) {
          // A record: the two notes contradict each other without it.
          assertThat(verdict.orElse(Verdict.MISBEHAVIOUR))
              .as("frame %d, bit %d", frame, bit)
              .isEqualTo(Verdict.MISBEHAVIOUR);
        }
      }
    }
    assertThat(refused).isPositive();
    assertThat(same).isPositive();
    assertThat(other).isPositive();
  }

  private static Optional<Verdict> verdict(Bytes file) {
    try {
      ExcerptAudit audit = new ExcerptAudit(Excerpts.decode("it", file), null);
      audit.explanations();
      return Optional.of(audit.report().verdict());
    } catch (CairnException e) {
      return Optional.empty();
    }
  }
}
