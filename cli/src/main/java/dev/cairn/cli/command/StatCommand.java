package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ArtifactStat;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn stat}: all that is known of an artifact. */
@Command(
    name = "stat",
    description = "Shows an artifact's type, size, digests and state, and every record of it.",
    footer = {"", "Example: cairn stat @README.md"})
final class StatCommand extends StoreCommand {
  @Parameters(paramLabel = "KEY", description = "Which artifact.")
  private String key;

  @Option(
      names = "--type",
      paramLabel = "TAG",
      converter = TypeTagConverter.class,
      description = "Type for @FILE.")
  private @Nullable TypeTag type;

  StatCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.LOOK;
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    ArtifactKey wanted = new Keys(cairn(), store).alsoInPart().resolve(key, type);
    Optional<InPart> part = InPart.find(store, wanted);
    if (part.isPresent() && store.history(wanted).isEmpty()) {
      tell(store, wanted, part.get(), console);
      return ExitCode.DONE;
    }
    ArtifactStat stat = store.stat(wanted);
    ArtifactId id = stat.id();
    boolean live = stat.state() == ArtifactStat.State.LIVE;
    boolean erased = stat.state() == ArtifactStat.State.ERASED;
    if (console.json()) {
      JsonObject head = id == null ? unknown(wanted) : Describe.artifact(id);
      console.line(
          head.add("live", live)
              .add("erased", erased)
              .add("present", stat.held())
              .add("chunks", stat.chunks())
              .add("records", records(store, stat.history()))
              .add("inPart", records(store, part.map(InPart::history).orElse(List.of())))
              .toString());
      return ExitCode.DONE;
    }
    console.line("key      " + wanted);
    if (id != null) {
      tell(id, stat.chunks(), console);
    }
    console.line(
        "state    "
            + (live ? "live" : erased ? "erased" : "removed")
            + (stat.held() || erased ? "" : ", payload not here"));
    stat.history().forEach(entry -> tell("record   ", store, entry, console));
    part.ifPresent(
        held -> held.history().forEach(entry -> tell("in part  ", store, entry, console)));
    return ExitCode.DONE;
  }

  /** What is known of only by logs held in part: of its state that is not enough. */
  private static void tell(Store store, ArtifactKey wanted, InPart part, Console console) {
    ArtifactId id = part.artifact();
    boolean present = id != null && store.hasPayload(id.payloadDigest());
    int chunks = id != null && present ? store.chunks(id.payloadDigest()).size() : 0;
    if (console.json()) {
      console.line(
          (id == null ? unknown(wanted) : Describe.artifact(id))
              .add("live", (String) null)
              .add("erased", (String) null)
              .add("present", present)
              .add("chunks", chunks)
              .add("records", new JsonArray())
              .add("inPart", records(store, part.history()))
              .toString());
      return;
    }
    console.line("key      " + wanted);
    if (id != null) {
      tell(id, chunks, console);
    }
    console.line(
        "state    unknown: its log is held in part"
            + (part.removal() == null ? "" : ", and last says that it was removed")
            + (present ? "" : ", payload not here"));
    part.history().forEach(entry -> tell("in part  ", store, entry, console));
  }

  private static void tell(ArtifactId id, int chunks, Console console) {
    console.line("payload  " + id.payloadDigest());
    console.line("type     " + (id.tag() == null ? "none" : id.tag()));
    console.line(
        "size     "
            + id.payloadLength()
            + " bytes"
            + (chunks > 0 ? ", " + chunks + " chunks" : ""));
  }

  private static void tell(String what, Store store, HistoryEntry entry, Console console) {
    String reason = Describe.reason(store, entry.record());
    console.line(
        what
            + entry.record().kind()
            + " at logseq "
            + entry.record().logseq()
            + ", "
            + Describe.time(entry.record().hlc())
            + ", by "
            + entry.origin()
            + (reason == null ? "" : ": " + Text.safe(reason)));
  }

  private static JsonObject unknown(ArtifactKey key) {
    return new JsonObject()
        .addText("key", key)
        .add("payloadDigest", (String) null)
        .add("size", (String) null)
        .add("type", (String) null);
  }

  private static JsonArray records(Store store, List<HistoryEntry> history) {
    JsonArray records = new JsonArray();
    for (HistoryEntry entry : history) {
      records.add(
          new JsonObject()
              .addText("origin", entry.origin())
              .addU64("index", entry.record().index())
              .addU64("logseq", entry.record().logseq())
              .addU64("hlc", entry.record().hlc())
              .add("time", Describe.time(entry.record().hlc()))
              .addText("kind", entry.record().kind())
              .add("reason", Describe.reason(store, entry.record())));
    }
    return records;
  }
}
