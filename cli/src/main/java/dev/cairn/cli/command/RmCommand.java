package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitResult;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn rm}: tombstones. */
@Command(
    name = "rm",
    description = {
      "Writes tombstones, all in one commit: the artifacts are no longer live, here and wherever",
      "the tombstones get to. Their records stay. A later put revives them."
    },
    footer = {"", "Example: cairn rm 3f9a2c --reason \"built from the wrong branch\""})
final class RmCommand extends StoreCommand {
  @Parameters(arity = "1..*", paramLabel = "KEY", description = "What to remove.")
  private List<String> keys;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the log.")
  private @Nullable String reason;

  @Option(
      names = "--erase",
      description = {
        "Remove the payloads as well, here and wherever the tombstones get to. Edges, programs,",
        "receipts and snapshots keep theirs."
      })
  private boolean erase;

  @Option(
      names = "--type",
      paramLabel = "TAG",
      converter = TypeTagConverter.class,
      description = "Type for @FILE.")
  private @Nullable TypeTag type;

  RmCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    Keys resolver = new Keys(cairn(), store);
    Map<ArtifactKey, Boolean> erasable = new LinkedHashMap<>();
    for (String key : keys) {
      ArtifactKey target = resolver.resolve(key, type);
      store.stat(target);
      erasable.put(target, store.isErasable(target));
    }
    CommitDraft draft = new CommitDraft();
    erasable.forEach(
        (target, goes) -> draft.tombstone(target, new TombstoneNote(erase && goes, reason)));
    CommitResult result = store.commit(draft);
    for (Map.Entry<ArtifactKey, Boolean> entry : erasable.entrySet()) {
      ArtifactKey target = entry.getKey();
      CommitResult.Outcome outcome = result.of(target);
      console.result(
          new JsonObject()
              .addText("key", target)
              .addU64("logseq", outcome.logseq())
              .add("new", outcome.written()),
          target.toString());
      if (erase && !entry.getValue()) {
        console.warn(
            target + " keeps its payload: the indexes of every node are made from such artifacts");
      }
      if (!outcome.written()) {
        console.note("was not live: " + target);
      }
    }
    return ExitCode.DONE;
  }
}
