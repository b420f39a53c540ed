package dev.cairn.cli.demo;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.LineageOptions;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/** A program over the sources of HEAD runs on A, once; a receipt tells the second time. */
final class RunProgram implements Step {
  private static final TypeTag COMMIT = new TypeTag("git/commit");
  private static final int STATS_BYTES_MAX = 1 << 16;

  @Override
  public String name() {
    return "run";
  }

  @Override
  public String title() {
    return "A program over the sources of HEAD, run on A";
  }

  @Override
  public void run(Tour tour, Chapter chapter) throws IOException {
    CairnNode node = tour.node("A");
    ObjectId head = tour.history().head();
    if (head == null) {
      throw CommandFailure.usage(
          "the repository at " + tour.options().git() + " has no commit at HEAD",
          "name another with --git");
    }
    TreeMap<String, SourceStats> counted = new TreeMap<>();
    ArtifactKey commit = readHead(tour, head, counted);
    SortedMap<String, ArtifactList> lists = Sources.of(node, commit);
    Program program = SourceProgram.of(lists.keySet());
    SortedMap<String, ArtifactKey> inputs = put(node.store(), lists);
    long start = tour.ticker().nanos();
    RunResult first = node.executor().run(program, inputs, RunOptions.defaults());
    long nanos = tour.ticker().nanos() - start;
    RunResult second = node.executor().run(program, inputs, RunOptions.defaults());
    tour.run(first);
    chapter.say("commit " + head.name() + " is " + commit);
    chapter.say("program " + program.key());
    chapter.say("receipt " + first.key());
    chapter.claim("every node of the program ran", program.nodes().size(), first.executed());
    chapter.claim("running it again runs nothing", 0, second.executed());
    chapter.claim("and gives the same receipt", first.key(), second.key());
    claimCounts(node.store(), lists, first, counted, chapter);
    claimLineage(tour, commit, chapter);
    chapter
        .facts()
        .addText("commit", commit)
        .addText("program", program.key())
        .addText("receipt", first.key())
        .add("executed", first.executed())
        .add("executedAgain", second.executed())
        .addSeconds("seconds", nanos);
  }

  private static SortedMap<String, ArtifactKey> put(
      Store store, SortedMap<String, ArtifactList> lists) {
    CommitDraft draft = new CommitDraft();
    TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
    for (Map.Entry<String, ArtifactList> list : lists.entrySet()) {
      PreparedArtifact artifact = store.prepare(ArtifactList.TYPE, list.getValue().encode());
      draft.put(artifact);
      inputs.put(SourceProgram.input(list.getKey()), artifact.id().key());
    }
    store.commit(draft);
    return inputs;
  }

  private static void claimCounts(
      Store store,
      SortedMap<String, ArtifactList> lists,
      RunResult result,
      SortedMap<String, SourceStats> counted,
      Chapter chapter)
      throws IOException {
    TreeMap<String, SourceStats> expected = new TreeMap<>();
    TreeMap<String, SourceStats> computed = new TreeMap<>();
    TreeMap<String, Integer> files = new TreeMap<>();
    counted.forEach((type, stats) -> files.put(type, (int) stats.files()));
    Set<String> common = SourceType.commonest(files);
    counted.forEach(
        (type, stats) ->
            expected.merge(
                common.contains(type) ? type : SourceType.OTHER, stats, SourceStats::plus));
    for (String type : lists.keySet()) {
      computed.put(type, stats(store, result, SourceProgram.output(type)));
    }
    SourceStats total = stats(store, result, SourceProgram.TOTAL);
    JsonObject table = new JsonObject();
    chapter.say(
        String.format(Locale.ROOT, "%-12s %9s %12s %14s", "type", "files", "lines", "bytes"));
    computed.forEach(
        (type, stats) -> {
          chapter.say(stats.row(type));
          table.add(type, stats.toJson());
        });
    chapter.say(total.row(SourceProgram.TOTAL));
    chapter.facts().add("types", table).add("total", total.toJson());
    chapter.claim(
        "each type's counts are those of a plain walk of the repository", expected, computed);
    chapter.claim(
        "their total is the sum of the walk",
        expected.values().stream().reduce(SourceStats.NONE, SourceStats::plus),
        total);
  }

  private static SourceStats stats(Store store, RunResult result, String output)
      throws IOException {
    ArtifactKey key = result.outputs().get(output);
    if (key == null) {
      return SourceStats.NONE;
    }
    LiveEntry entry = store.now().live(key).orElseThrow();
    return SourceStats.parse(store.payload(entry.artifact().payloadDigest(), STATS_BYTES_MAX));
  }

  /** Lineage up from the commit must reach exactly the objects that git reaches from it. */
  private static void claimLineage(Tour tour, ArtifactKey commit, Chapter chapter)
      throws IOException {
    CairnNode node = tour.node("A");
    long found =
        node.graph()
            .count(List.of(commit), Direction.UP, LineageOptions.ALL, node.store().now())
            .nodes();
    chapter.claim(
        "the commit's lineage in A has the objects that git reaches from it",
        tour.history().lineageOfHead(tour.repository()),
        found);
    chapter.facts().add("lineage", found);
  }

  /** Counts HEAD's files by JGit alone; gives the commit's key. */
  private static ArtifactKey readHead(Tour tour, ObjectId head, Map<String, SourceStats> counted)
      throws IOException {
    try (Repository repository = GitWalk.open(tour.repository());
        ObjectReader reader = repository.newObjectReader();
        RevWalk revisions = new RevWalk(reader);
        TreeWalk files = new TreeWalk(reader)) {
      files.addTree(revisions.parseCommit(head).getTree());
      files.setRecursive(true);
      while (files.next()) {
        Tour.checkInterrupted();
        if (!FileMode.GITLINK.equals(files.getRawMode(0))) {
          SourceStats stats = SourceStats.count(reader.open(files.getObjectId(0)).openStream());
          counted.merge(SourceType.of(files.getNameString()), stats, SourceStats::plus);
        }
      }
      return ArtifactKey.of(Bytes.wrap(reader.open(head).getBytes()), COMMIT);
    }
  }
}
