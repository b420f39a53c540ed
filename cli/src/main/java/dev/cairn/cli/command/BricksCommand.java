package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.brick.Box;
import dev.cairn.federation.brick.Brick;
import dev.cairn.federation.brick.BrickManifest;
import dev.cairn.federation.brick.Bricks;
import dev.cairn.federation.brick.Frustum;
import dev.cairn.federation.fetch.PayloadFetcher;
import dev.cairn.federation.node.CairnNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn bricks}: spatial payloads, of which a view needs a part. */
@Command(
    name = "bricks",
    description = {
      "Keeps a spatial payload as bricks, artifacts that each fill a box, under a manifest, and",
      "brings the bricks that a view meets."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn bricks find 3f9a2c --view '1,0,0,0; -1,0,0,64' --from mirror"})
final class BricksCommand implements Runnable {
  private BricksCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new BricksCommand())
        .addSubcommand(new Make(cairn))
        .addSubcommand(new Find(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn bricks --help'");
  }

  /** {@code cairn bricks make}. */
  @Command(
      name = "make",
      description = {
        "Puts a manifest of bricks and tells its key. A line for each brick: the least x, y and z"
            + " of",
        "its box, the greatest ones, and its artifact. Empty lines and those after # say nothing."
      },
      footer = {"", "Example: echo '0 0 0 16 16 16 @brick.raw' | cairn bricks make -"})
  static final class Make extends StoreCommand {
    private static final int LINE_CHARS_MAX = 4_096;
    private static final int PARTS = 7;

    @Parameters(paramLabel = "FILE", description = "Where the lines are; - for standard input.")
    private String file;

    Make(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Store store = node.store();
      BrickManifest manifest = read(new Keys(cairn(), store));
      PreparedArtifact artifact = store.prepare(BrickManifest.TYPE, manifest.encode());
      store.commit(new CommitDraft().put(artifact));
      ArtifactKey key = artifact.id().key();
      console.result(
          Describe.artifact(artifact.id()).add("bricks", manifest.bricks().size()), key.toString());
      return ExitCode.DONE;
    }

    private BrickManifest read(Keys keys) throws IOException {
      List<Brick> bricks = new ArrayList<>();
      try (InputStream in =
              file.equals("-")
                  ? cairn().environment().in()
                  : Files.newInputStream(cairn().path(file));
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          number++;
          String said = line.strip();
          if (!said.isEmpty() && !said.startsWith("#")) {
            bricks.add(brick(said, number, keys));
          }
          if (bricks.size() > BrickManifest.BRICKS_MAX) {
            throw wrong(number, "more than " + BrickManifest.BRICKS_MAX + " bricks");
          }
        }
      }
      try {
        return BrickManifest.of(bricks);
      } catch (MalformedException e) {
        throw CommandFailure.usage(file + ": " + e.getMessage(), "correct the list");
      }
    }

    private Brick brick(String line, int number, Keys keys) throws IOException {
      String[] parts = line.split("\\s+", PARTS);
      if (parts.length != PARTS || line.length() > LINE_CHARS_MAX) {
        throw wrong(number, "not six numbers and a key");
      }
      long[] sides = new long[PARTS - 1];
      for (int i = 0; i < sides.length; i++) {
        try {
          sides[i] = Long.parseLong(parts[i]);
        } catch (NumberFormatException e) {
          throw wrong(number, "'" + Text.safe(parts[i]) + "' is no whole number");
        }
      }
      try {
        Box box = new Box(sides[0], sides[1], sides[2], sides[3], sides[4], sides[5]);
        return new Brick(box, keys.resolve(parts[PARTS - 1], null));
      } catch (MalformedException e) {
        throw wrong(number, String.valueOf(e.getMessage()));
      }
    }

    private CommandFailure wrong(int line, String what) {
      return CommandFailure.usage(file + ", line " + line + ": " + what, "correct the line");
    }
  }

  /** {@code cairn bricks find}. */
  @Command(
      name = "find",
      description = {
        "Lists the bricks of a manifest that a view meets, in the manifest's order, and fetches",
        "those that are not here. Exit code 1 if some are not here in the end."
      },
      footer = {
        "",
        "Example: cairn bricks find 3f9a2c --view '1,0,0,0; -1,0,0,64; 0,1,0,0; 0,-1,0,64'"
      })
  static final class Find extends StoreCommand {
    @Parameters(paramLabel = "MANIFEST", description = "The manifest's key.")
    private String manifest;

    @Option(
        names = "--view",
        paramLabel = "PLANES",
        required = true,
        description = {
          "Planes x,y,z,offset with semicolons between them: a point is in view if x*px + y*py +",
          "z*pz + offset is not negative for any of them."
        })
    private String view;

    @Option(
        names = "--from",
        paramLabel = "PEER",
        description = {
          "Fetch bricks that are not here from this peer: a name, an address or a store's",
          "directory. Given several times: from all of them at once."
        })
    private List<String> from = List.of();

    private @Nullable Frustum frustum;

    Find(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return from.isEmpty() ? Access.LOOK : Access.WRITE;
    }

    @Override
    void checkArguments() {
      try {
        frustum = Frustum.parse(view);
      } catch (MalformedException e) {
        throw CommandFailure.usage(
            "--view: " + e.getMessage(), "give x,y,z,offset; x,y,z,offset; ...");
      }
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Store store = node.store();
      Bricks bricks = new Bricks(store);
      ArtifactKey key = new Keys(cairn(), store).resolve(manifest, null);
      Frustum seen = frustum;
      if (seen == null) {
        throw new AssertionError("parsed before the store was opened");
      }
      PayloadFetcher fetcher = new PayloadFetcher(store, PayloadPeers.find(cairn(), node, from));
      BrickManifest found =
          FetchProgress.watch(console, fetcher, () -> bricks.manifest(key, fetcher));
      Bricks.Result result =
          FetchProgress.watch(console, fetcher, () -> bricks.query(found, seen, fetcher));
      result.failures().forEach((peer, why) -> console.warn(peer + ": " + why));
      tell(found, bricks, result, console);
      if (!result.missing().isEmpty()) {
        throw CommandFailure.negative(
            result.missing().size() + " of " + result.meeting().size() + " bricks are not here",
            "fetch them with --from PEER");
      }
      return ExitCode.DONE;
    }

    private static void tell(
        BrickManifest all, Bricks bricks, Bricks.Result result, Console console) {
      if (!console.json()) {
        for (Brick brick : result.meeting()) {
          console.line(
              brick.key() + "  " + text(brick.box()) + (bricks.isHere(brick) ? "" : "  not here"));
        }
        console.note(
            result.meeting().size()
                + " of "
                + all.bricks().size()
                + " bricks"
                + (result.fetchedBytes() == 0
                    ? ""
                    : ", " + Describe.bytes(result.fetchedBytes()) + " fetched"));
        return;
      }
      JsonArray listed = new JsonArray();
      for (Brick brick : result.meeting()) {
        listed.add(
            new JsonObject()
                .addText("key", brick.key())
                .add("box", text(brick.box()))
                .add("here", bricks.isHere(brick)));
      }
      console.line(
          new JsonObject()
              .add("bricks", listed)
              .add("of", all.bricks().size())
              .add("fetchedBytes", result.fetchedBytes())
              .add("missing", result.missing().size())
              .toString());
    }

    private static String text(Box box) {
      return box.minX()
          + " "
          + box.minY()
          + " "
          + box.minZ()
          + " "
          + box.maxX()
          + " "
          + box.maxY()
          + " "
          + box.maxZ();
    }
  }
}
