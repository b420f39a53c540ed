package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ArtifactReader;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.console.ProgressStream;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.PayloadFetcher;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn get}: an artifact's payload. */
@Command(
    name = "get",
    description = {
      "Writes an artifact's payload to standard output or to a file. Every byte is verified; after",
      "damage the exit code is 1, and a file is not written at all. A payload that never came, as",
      "after 'cairn sync --headers-only', is fetched with --from, and stays then."
    },
    footer = {
      "",
      "Example: cairn get 3f9a2c -o model.bin",
      "         cairn get 3f9a2c --range 0-512",
      "         cairn get 3f9a2c --at before-release",
      "         cairn get 3f9a2c --from mirror --from 10.0.0.7:7411 -o model.bin"
    })
final class GetCommand extends StoreCommand {
  private static final Pattern RANGE = Pattern.compile("([0-9]{0,18})-([0-9]{0,18})");
  private static final int JSON_BYTES_MAX = 16 << 20;
  private static final int BUFFER_BYTES = 1 << 16;

  @Parameters(paramLabel = "KEY", description = "Which artifact.")
  private String key;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write to this file, which appears whole or not at all.")
  private @Nullable String output;

  @Option(
      names = "--range",
      paramLabel = "FROM-TO",
      description =
          "Only bytes FROM up to, and without, TO, counted from 0. Without FROM: from the"
              + " beginning; without TO, or with one past the end: to the end.")
  private @Nullable String range;

  @Option(
      names = "--type",
      paramLabel = "TAG",
      converter = TypeTagConverter.class,
      description = "Type for @FILE.")
  private @Nullable TypeTag type;

  @Option(
      names = "--from",
      paramLabel = "PEER",
      description = {
        "If the payload is not here, fetch it from this peer: a name, an address or a store's",
        "directory. Given several times: from all of them at once."
      })
  private List<String> from = List.of();

  @Option(
      names = "--at",
      paramLabel = "SNAPSHOT",
      description = "As of this snapshot: if it is pinned, also what was removed or erased since.")
  private @Nullable String at;

  GetCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return from.isEmpty() ? Access.LOOK : Access.WRITE;
  }

  private record Range(long from, long to) {}

  @Override
  void checkArguments() {
    if (range != null && !RANGE.matcher(range).matches()) {
      throw CommandFailure.usage("not a range: '" + range + "'", "give FROM-TO, such as 0-512");
    }
    if (at != null && !from.isEmpty()) {
      throw CommandFailure.usage(
          "--from fetches what is live now, and --at reads what was", "give one of them");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    ArtifactReader reader = store.reader(Snapshots.view(store, at));
    ArtifactKey found = new Keys(cairn(), store).alsoInPart().resolve(key, type);
    if (at == null && store.history(found).isEmpty()) {
      Optional<InPart> part = InPart.find(store, found);
      if (part.isPresent()) {
        return inPart(node, found, part.get(), console);
      }
    }
    if (!from.isEmpty() && !store.hasPayload(reader.require(found))) {
      fetch(node, found, console);
    }
    ArtifactId id = reader.identify(found);
    Range wanted = wanted(id.payloadLength());
    try (InputStream in = open(reader, found, wanted)) {
      tell(id, in, wanted, false, console);
    }
    return ExitCode.DONE;
  }

  private void tell(ArtifactId id, InputStream in, Range wanted, boolean inPart, Console console)
      throws IOException {
    if (output != null) {
      Path file = cairn().path(output);
      long bytes = wanted.to() - wanted.from();
      try (Progress progress = console.byteProgress(String.valueOf(file.getFileName()), bytes)) {
        AtomicFile.write(file, out -> new ProgressStream(in, progress).transferTo(out));
      }
      console.note(Describe.bytes(wanted.to() - wanted.from()) + " to " + file);
      if (console.json()) {
        console.line(artifact(id, inPart).addText("file", file).toString());
      }
    } else if (console.json()) {
      console.line(inline(artifact(id, inPart), in, wanted).toString());
    } else {
      long bytes = wanted.to() - wanted.from();
      try (Progress progress = console.printing().byteProgress("payload", bytes)) {
        copy(new ProgressStream(in, progress), console);
      }
    }
  }

  private static JsonObject artifact(ArtifactId id, boolean inPart) {
    JsonObject json = Describe.artifact(id);
    return inPart ? json.add("inPart", true) : json;
  }

  /** What is known of only by a log held in part. */
  private ExitCode inPart(CairnNode node, ArtifactKey found, InPart part, Console console)
      throws IOException {
    Store store = node.store();
    HistoryEntry removal = part.removal();
    ArtifactId id = part.artifact();
    if (removal != null || id == null) {
      throw CommandFailure.negative(
          found
              + " was removed"
              + (removal == null
                  ? ""
                  : " at logseq " + removal.record().logseq() + " by " + removal.origin())
              + ", as far as logs held in part tell",
          "sync without --filter to know more");
    }
    if (!store.hasPayload(id.payloadDigest())) {
      if (!from.isEmpty()) {
        PayloadFetcher fetcher = new PayloadFetcher(store, PayloadPeers.find(cairn(), node, from));
        FetchProgress.watch(console, fetcher, () -> fetcher.fetchArtifacts(List.of(id)))
            .failures()
            .forEach((peer, why) -> console.warn(peer + ": " + why));
      }
      if (!store.hasPayload(id.payloadDigest())) {
        throw notHeld(
            found,
            from.isEmpty()
                ? ", only its record, in a log held in part"
                : ", and no peer that was asked gave it");
      }
    }
    console.note("known from a log held in part: whether it is live is not known here");
    Range wanted = wanted(id.payloadLength());
    boolean whole = wanted.from() == 0 && wanted.to() == id.payloadLength();
    try (InputStream in =
        whole
            ? store.openPayload(id)
            : store.openPayload(id.payloadDigest(), wanted.from(), wanted.to())) {
      tell(id, in, wanted, true, console);
    }
    return ExitCode.DONE;
  }

  private static InputStream open(ArtifactReader reader, ArtifactKey found, Range wanted) {
    try {
      return reader.open(found, wanted.from(), wanted.to());
    } catch (UnavailableException e) {
      throw notHeld(found, ", only its record");
    }
  }

  private static CommandFailure notHeld(ArtifactKey found, String more) {
    return CommandFailure.negative(
        "the payload of " + found + " is not held here" + more,
        "fetch it with 'cairn get "
            + found
            + " --from PEER', or all that never came with 'cairn sync PEER'");
  }

  private void fetch(CairnNode node, ArtifactKey found, Console console) {
    List<FetchCall> peers = PayloadPeers.find(cairn(), node, from);
    PayloadFetcher fetcher = new PayloadFetcher(node.store(), peers);
    PayloadFetcher.Result result =
        FetchProgress.watch(console, fetcher, () -> fetcher.fetch(List.of(found)));
    result.failures().forEach((peer, why) -> console.warn(peer + ": " + why));
    if (result.kept() == 0 && !node.store().hasPayload(node.store().reader().require(found))) {
      throw notHeld(found, ", and no peer that was asked gave it");
    }
    if (result.kept() > 0) {
      console.note(Describe.bytes(result.bytes()) + " fetched");
    }
  }

  private Range wanted(long length) {
    if (range == null) {
      return new Range(0, length);
    }
    Matcher parts = RANGE.matcher(range);
    if (!parts.matches()) {
      throw new AssertionError("checked before");
    }
    long from = parts.group(1).isEmpty() ? 0 : Long.parseLong(parts.group(1));
    long to = parts.group(2).isEmpty() ? length : Long.parseLong(parts.group(2));
    if (from > length || from > to) {
      throw CommandFailure.usage(
          "no range " + range + " in a payload of " + length + " bytes",
          "give FROM and TO in order and within it");
    }
    return new Range(from, Math.min(to, length));
  }

  private static JsonObject inline(JsonObject json, InputStream in, Range wanted)
      throws IOException {
    if (wanted.to() - wanted.from() > JSON_BYTES_MAX) {
      throw CommandFailure.usage(
          "more than " + JSON_BYTES_MAX + " bytes in one JSON document", "give -o FILE");
    }
    Bytes payload = Bytes.wrap(in.readAllBytes());
    return json.add("base64", Base64.getEncoder().encodeToString(payload.toArray()));
  }

  private static void copy(InputStream in, Console console) throws IOException {
    OutputStream out = console.out();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      out.write(buffer, 0, count);
      if (console.out().checkError()) {
        throw CommandFailure.unfinished("standard output could not be written", "check its reader");
      }
    }
  }
}
