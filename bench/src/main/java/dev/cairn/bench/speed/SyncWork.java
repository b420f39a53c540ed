package dev.cairn.bench.speed;

import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerLink;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Syncs of two nodes over gRPC with TLS on loopback, both in this process: the first one of 100,000
 * artifacts of 1 KiB beside the same bytes streamed by gRPC alone, the same rows written by
 * rocksdbjni alone, and {@code git fetch} of the same payloads; then 1 % new, and nothing new.
 */
final class SyncWork implements Work {
  private static final long SEED = 11;
  private static final int COUNT = 100_000;
  private static final int NEW = COUNT / 100;
  private static final int WARM_UPS = 3;
  private static final int ROUNDS = 5;
  private static final int FETCHES = 3;
  private static final int QUIET_ROUNDS = 100;

  /** Connections before those that count: a node that serves has compiled TLS long ago. */
  private static final int QUIET_WARM_UPS = 1_000;

  private static final double TARGET = 0.5;
  private static final int TEXTS = 2_000;
  private static final int TEXT_BYTES = 4_096;

  /** Bytes of a record and its framing, beside its payload. */
  private static final int RECORD_BYTES = 110;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("sync"));
    try (SyncNode source = new SyncNode(folder.resolve("source"), "source")) {
      fill(source, 0, COUNT);
      try (GrpcPeerServer server = source.serve()) {
        double seconds = first(folder, source, server, report);
        again(folder, source, server, report, seconds);
        text(folder, report);
        RangeWork.run(report);
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private static void fill(SyncNode node, long from, long count) {
    for (long at = from; at < from + count; at += Setting.BATCH) {
      node.put(IngestFloor.payloads(SEED, at, Setting.BATCH));
    }
  }

  private double first(Path folder, SyncNode source, GrpcPeerServer server, Report report)
      throws Exception {
    Samples own = new Samples();
    Samples stream = new Samples();
    Samples ingest = new Samples();
    try (StreamFloor streamFloor = new StreamFloor(source.identity());
        IngestFloor ingestFloor = IngestFloor.open(folder, Setting.BATCH)) {
      RowMaker maker = ingestFloor.maker(SEED);
      for (int round = 0; round < WARM_UPS + ROUNDS; round++) {
        boolean counts = round >= WARM_UPS;
        full(folder, server, round, counts ? own : new Samples());
        stream(streamFloor, counts ? stream : new Samples());
        ingest(ingestFloor, maker, round, counts ? ingest : new Samples());
      }
    }
    Samples slower = stream.totalRate() < ingest.totalRate() ? stream : ingest;
    report.note("gRPC with TLS alone", rate(stream));
    report.note("durable ingest by rocksdbjni alone", rate(ingest));
    report.ratio(
        "first sync of 100,000 artifacts, to the slower of raw stream and raw ingest",
        "artifacts",
        new Duel(own, slower),
        TARGET);
    double[] rates = own.rates();
    double[] seconds = new double[rates.length];
    for (int i = 0; i < rates.length; i++) {
      seconds[i] = COUNT / rates[i];
    }
    fetch(folder, report, seconds);
    return Samples.median(seconds);
  }

  private static String rate(Samples samples) {
    return Report.text(
        "%,.0f artifacts/s, CPU µs each %.2f",
        Samples.median(samples.rates()), samples.cpuMicros());
  }

  private static void full(Path folder, GrpcPeerServer server, int round, Samples samples)
      throws Exception {
    Path target = folder.resolve("target" + round);
    try (SyncNode node = new SyncNode(target, "target")) {
      Lap lap = new Lap();
      lap.go();
      SyncReport report = node.pull(node.connect(server.address()));
      lap.halt();
      lap.settle();
      if (report.received().records() != COUNT) {
        throw new IllegalStateException(report.received() + " came");
      }
      samples.add(COUNT, lap);
    }
    Folders.delete(target);
  }

  private static void stream(StreamFloor floor, Samples samples) throws Exception {
    Lap lap = new Lap();
    lap.go();
    floor.stream((long) COUNT * (Setting.PAYLOAD_BYTES + RECORD_BYTES));
    lap.halt();
    lap.settle();
    samples.add(COUNT, lap);
  }

  private static void ingest(IngestFloor floor, RowMaker maker, int round, Samples samples)
      throws Exception {
    Lap lap = new Lap();
    for (int at = 0; at < COUNT; at += Setting.BATCH) {
      var payloads = IngestFloor.payloads(SEED, (long) round * COUNT + at, Setting.BATCH);
      var rows = maker.batch();
      lap.go();
      floor.put(payloads, rows, true);
      lap.halt();
    }
    lap.settle();
    samples.add(COUNT, lap);
  }

  private static void fetch(Path folder, Report report, double[] own) throws Exception {
    String what = "first sync, in time, to git fetch from a git daemon";
    if (!GitDaemon.isHere()) {
      report.missing(what, "no git daemon on the path");
      return;
    }
    double[] ratios = new double[FETCHES];
    try (GitDaemon git = GitDaemon.start(folder.resolve("git"), SEED, COUNT)) {
      for (int round = 0; round < FETCHES; round++) {
        double seconds = git.fetch(round);
        report.note("git fetch " + round, Report.text("%.2f s", seconds));
        ratios[round] = own[round] / seconds;
      }
    }
    report.below(what, "×", ratios, 1);
  }

  private static void again(
      Path folder, SyncNode source, GrpcPeerServer server, Report report, double fullSeconds)
      throws Exception {
    Path target = folder.resolve("again");
    try (SyncNode node = new SyncNode(target, "target")) {
      CountingLink all = new CountingLink(node.connect(server.address()));
      node.pull(all);
      double[] millis = new double[ROUNDS];
      double[] bytes = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        fill(source, COUNT + (long) round * NEW, NEW);
        CountingLink link = new CountingLink(node.connect(server.address()));
        long start = System.nanoTime();
        node.pull(link);
        millis[round] = (System.nanoTime() - start) / 1e6;
        bytes[round] = 100.0 * link.bytes() / all.bytes();
      }
      report.below("1 % new: bytes, of those of the first sync", "%", bytes, 3);
      report.below("1 % new: time", "ms", millis, 0.03 * fullSeconds * 1e3 + 50);
      quiet(node, server, report);
    }
  }

  /** Payloads of words, as logs and sources are. */
  private static void text(Path folder, Report report) throws Exception {
    try (SyncNode source = new SyncNode(folder.resolve("words"), "words");
        SyncNode target = new SyncNode(folder.resolve("text"), "text")) {
      List<byte[]> payloads = new ArrayList<>();
      for (int i = 0; i < TEXTS; i++) {
        payloads.add(words(i));
      }
      source.put(payloads);
      try (GrpcPeerServer server = source.serve()) {
        CountingLink link = CountingLink.packing(target.connect(server.address()));
        target.pull(link);
        report.below(
            "bytes of packed frames to those of payloads, text",
            "×",
            new double[] {(double) link.bytes() / TEXTS / TEXT_BYTES},
            0.6);
      }
    }
  }

  private static byte[] words(int index) {
    SplittableRandom random = Payloads.random(SEED, index);
    StringBuilder text = new StringBuilder();
    while (text.length() < TEXT_BYTES) {
      text.append("the request ")
          .append(random.nextInt(1000))
          .append(" of client ")
          .append(random.nextInt(50))
          .append(random.nextBoolean() ? " was answered in " : " was refused after ")
          .append(random.nextInt(300))
          .append(" ms\n");
    }
    return text.substring(0, TEXT_BYTES).getBytes(StandardCharsets.US_ASCII);
  }

  private static void quiet(SyncNode node, GrpcPeerServer server, Report report) {
    double[] connected = new double[QUIET_ROUNDS];
    double[] whole = new double[QUIET_ROUNDS];
    double[] bytes = new double[QUIET_ROUNDS];
    double[] trips = new double[QUIET_ROUNDS];
    for (int round = -QUIET_WARM_UPS; round < QUIET_ROUNDS; round++) {
      int at = Math.max(0, round);
      long start = System.nanoTime();
      PeerLink link = node.connect(server.address());
      CountingLink counting = new CountingLink(link);
      long middle = System.nanoTime();
      SyncReport report1 = node.pull(counting);
      connected[at] = (System.nanoTime() - middle) / 1e6;
      whole[at] = (System.nanoTime() - start) / 1e6;
      bytes[at] = counting.bytes();
      trips[at] = report1.roundTrips();
    }
    report.below("nothing new: time on a connection", "ms", connected, 10);
    report.below("nothing new: time with connecting", "ms", whole, 10);
    report.below("nothing new: bytes", "B", bytes, 1024);
    report.below("nothing new: round trips", "", trips, 1.5);
  }
}
