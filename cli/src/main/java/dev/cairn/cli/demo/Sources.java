package dev.cairn.cli.demo;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.Relation;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of a commit, by type, found in a store alone: from the commit along the edges of trees.
 */
final class Sources {
  private static final Set<EdgeType> COMMIT_EDGES = Set.of(new EdgeType("git:commit"));
  private static final Set<EdgeType> TREE_EDGES = Set.of(new EdgeType("git:tree"));
  private static final String TREE_ROLE = "tree";
  private static final String TREE_MODE = "040000 ";
  private static final String GITLINK_MODE = "160000 ";
  private static final int MODE_CHARS = 7;

  private final Graph graph;
  private final View view;
  private final TreeMap<String, List<ArtifactList.Item>> byType = new TreeMap<>();

  private Sources(Graph graph, View view) {
    this.graph = graph;
    this.view = view;
  }

  /** The files of a commit in lists by type, rare types together. */
  static SortedMap<String, ArtifactList> of(CairnNode node, ArtifactKey commit) {
    Sources sources = new Sources(node.graph(), node.store().now());
    for (Endpoint cause : sources.causes(commit, COMMIT_EDGES)) {
      if (TREE_ROLE.equals(cause.role())) {
        sources.tree(cause.key(), "");
      }
    }
    return sources.lists();
  }

  private List<Endpoint> causes(ArtifactKey of, Set<EdgeType> types) {
    List<Endpoint> causes = new ArrayList<>();
    for (Incidence incidence : graph.edgesOf(of, Relation.TO, EdgeFilter.ofTypes(types), view)) {
      causes.addAll(incidence.edge().edge().from());
    }
    if (causes.isEmpty() && !view.isLive(of)) {
      throw new NotFoundException(of + " is not here");
    }
    return causes;
  }

  private void tree(ArtifactKey tree, String path) {
    for (Endpoint entry : causes(tree, TREE_EDGES)) {
      String role = String.valueOf(entry.role());
      String name = role.substring(MODE_CHARS);
      if (role.startsWith(TREE_MODE)) {
        tree(entry.key(), path + name + "/");
      } else if (!role.startsWith(GITLINK_MODE)) {
        byType
            .computeIfAbsent(SourceType.of(name), any -> new ArrayList<>())
            .add(new ArtifactList.Item(entry.key(), label(path + name)));
      }
    }
  }

  private static String label(String path) {
    return path.substring(Math.max(0, path.length() - ArtifactList.LABEL_CHARS_MAX / 2));
  }

  private SortedMap<String, ArtifactList> lists() {
    TreeMap<String, Integer> counts = new TreeMap<>();
    byType.forEach((type, files) -> counts.put(type, files.size()));
    Set<String> common = SourceType.commonest(counts);
    TreeMap<String, List<ArtifactList.Item>> folded = new TreeMap<>();
    byType.forEach(
        (type, files) ->
            folded
                .computeIfAbsent(
                    common.contains(type) ? type : SourceType.OTHER, any -> new ArrayList<>())
                .addAll(files));
    TreeMap<String, ArtifactList> lists = new TreeMap<>();
    folded.forEach((type, files) -> lists.put(type, new ArtifactList(files)));
    return lists;
  }
}
