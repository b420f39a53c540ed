package dev.cairn.cli.report;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.federation.audit.Disagreement.End;
import dev.cairn.federation.audit.Disagreement.Link;
import dev.cairn.federation.audit.Disagreement.Node;
import dev.cairn.federation.audit.Disagreement.Presence;
import dev.cairn.federation.audit.Disagreement.Surroundings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What lies around the artifacts that a divergence is about, as SVG: a column for each step of
 * derivation, causes on the left, effects on the right, edges between artifacts.
 */
final class LineageDrawing {
  private static final int BOX_WIDTH = 156;
  private static final int COLUMN = 204;
  private static final int BOX_HEIGHT = 60;
  private static final int ROW = 74;
  private static final int MARGIN = 8;
  private static final int LABEL_CHARACTERS = 21;
  private static final int HASH_DIGITS = 14;

  private final Surroundings lineage;
  private final HtmlText out;
  private final Map<ArtifactKey, Place> artifacts = new HashMap<>();
  private final Map<ArtifactKey, Place> edges = new HashMap<>();
  private final Map<ArtifactKey, String> roles = new HashMap<>();
  private int width;
  private int height;

  /** Where a box is: its upper left corner. */
  private record Place(int x, int y) {}

  private LineageDrawing(Surroundings lineage, HtmlText out) {
    this.lineage = lineage;
    this.out = out;
  }

  /**
   * Draws.
   *
   * @param id begins the ids of elements, which must be the page's only ones
   */
  static void draw(Surroundings lineage, String id, HtmlText out) {
    LineageDrawing drawing = new LineageDrawing(lineage, out);
    drawing.place();
    drawing.draw(id);
  }

  private void place() {
    TreeMap<Integer, List<ArtifactKey>> columns = new TreeMap<>();
    lineage
        .artifacts()
        .forEach(
            node -> columns.computeIfAbsent(node.column(), c -> new ArrayList<>()).add(node.key()));
    lineage
        .edges()
        .forEach(
            link -> columns.computeIfAbsent(link.column(), c -> new ArrayList<>()).add(link.key()));
    int tallest = columns.values().stream().mapToInt(List::size).max().orElse(0);
    width = columns.size() * COLUMN - (COLUMN - BOX_WIDTH) + 2 * MARGIN;
    height = tallest * ROW - (ROW - BOX_HEIGHT) + 2 * MARGIN;
    int x = MARGIN;
    for (Map.Entry<Integer, List<ArtifactKey>> column : columns.entrySet()) {
      // Artifacts stand in even columns, edges in odd ones: an edge may be an endpoint as well.
      Map<ArtifactKey, Place> places = column.getKey() % 2 == 0 ? artifacts : edges;
      int y = MARGIN + (tallest - column.getValue().size()) * ROW / 2;
      for (ArtifactKey key : column.getValue()) {
        places.put(key, new Place(x, y));
        y += ROW;
      }
      x += COLUMN;
    }
    for (Link link : lineage.edges()) {
      link.from().forEach(this::role);
      link.to().forEach(this::role);
    }
  }

  private void role(End end) {
    if (end.role() != null) {
      roles.putIfAbsent(end.key(), end.role());
    }
  }

  private void draw(String id) {
    Svg.open(
        out,
        id,
        width,
        height,
        "What the differing artifacts were made from, and what was made from them",
        "Columns from causes to effects; square boxes are artifacts, round ones are the edges "
            + "between them. Heavy borders mark what the differing records name. The table below "
            + "says the same.");
    for (Link link : lineage.edges()) {
      lines(link);
    }
    for (Node node : lineage.artifacts()) {
      String role = roles.get(node.key());
      box(
          artifacts.get(node.key()),
          "artifact " + className(node.presence(), node.named()),
          node.type() == null ? "artifact" : node.type(),
          node.key(),
          (role == null ? "" : role + ", ") + Words.presence(node.presence()));
    }
    for (Link link : lineage.edges()) {
      box(
          edges.get(link.key()),
          "edge " + className(link.presence(), link.named()),
          link.type(),
          link.key(),
          "edge, " + Words.presence(link.presence()));
    }
    out.raw("</svg>\n");
  }

  private void lines(Link link) {
    Place at = edges.get(link.key());
    if (at == null) {
      return;
    }
    String className = link.presence() == Presence.BOTH ? "" : "path";
    for (End end : link.from()) {
      Place cause = artifacts.get(end.key());
      if (cause != null) {
        Svg.line(
            out,
            cause.x() + BOX_WIDTH,
            cause.y() + BOX_HEIGHT / 2,
            at.x(),
            at.y() + BOX_HEIGHT / 2,
            className);
      }
    }
    for (End end : link.to()) {
      Place effect = artifacts.get(end.key());
      if (effect != null) {
        arrow(at, effect, className);
      }
    }
  }

  private void arrow(Place from, Place to, String className) {
    int x = to.x();
    int y = to.y() + BOX_HEIGHT / 2;
    Svg.line(out, from.x() + BOX_WIDTH, from.y() + BOX_HEIGHT / 2, x, y, className);
    out.raw("<path class=\"head\" d=\"M" + x + " " + y + "l-9 -4v8z\"/>\n");
  }

  private static String className(Presence presence, boolean named) {
    String kind =
        switch (presence) {
          case BOTH -> "same";
          case LEFT, RIGHT -> "differs";
          case NEITHER -> "absent";
        };
    return named ? kind + " taken" : kind;
  }

  private void box(
      @Nullable Place at, String className, String first, ArtifactKey key, String third) {
    if (at == null) {
      return;
    }
    Svg.box(out, at.x(), at.y(), BOX_WIDTH, BOX_HEIGHT, className);
    int middle = at.x() + BOX_WIDTH / 2;
    Svg.text(out, middle, at.y() + 17, "", HtmlText.cut(first, LABEL_CHARACTERS));
    Svg.text(
        out, middle, at.y() + 34, "code", key.digest().toHex().substring(0, HASH_DIGITS) + "…");
    Svg.text(out, middle, at.y() + 51, "small", HtmlText.cut(third, LABEL_CHARACTERS + 3));
  }
}
