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
  boolean readsOnly() {
    return true;
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    ArtifactKey wanted = new Keys(cairn(), store).resolve(key, type);
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
              .add("records", records(stat.history()))
              .toString());
      return ExitCode.DONE;
    }
    console.line("key      " + wanted);
    if (id != null) {
      console.line("payload  " + id.payloadDigest());
      console.line("type     " + (id.tag() == null ? "none" : id.tag()));
      console.line(
          "size     "
              + id.payloadLength()
              + " bytes"
              + (stat.chunks() > 0 ? ", " + stat.chunks() + " chunks" : ""));
    }
    console.line(
        "state    "
            + (live ? "live" : erased ? "erased" : "removed")
            + (stat.held() || erased ? "" : ", payload not here"));
    for (HistoryEntry entry : stat.history()) {
      console.line(
          "record   "
              + entry.record().kind()
              + " at logseq "
              + entry.record().logseq()
              + ", "
              + Describe.time(entry.record().hlc())
              + ", by "
              + entry.origin());
    }
    return ExitCode.DONE;
  }

  private static JsonObject unknown(ArtifactKey key) {
    return new JsonObject()
        .addText("key", key)
        .add("payloadDigest", (String) null)
        .add("size", (String) null)
        .add("type", (String) null);
  }

  private static JsonArray records(List<HistoryEntry> history) {
    JsonArray records = new JsonArray();
    for (HistoryEntry entry : history) {
      records.add(
          new JsonObject()
              .addText("origin", entry.origin())
              .addU64("index", entry.record().index())
              .addU64("logseq", entry.record().logseq())
              .addU64("hlc", entry.record().hlc())
              .add("time", Describe.time(entry.record().hlc()))
              .addText("kind", entry.record().kind()));
    }
    return records;
  }
}
