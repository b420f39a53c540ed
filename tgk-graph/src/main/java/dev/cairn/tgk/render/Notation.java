package dev.cairn.tgk.render;

import org.jspecify.annotations.Nullable;

/** How a language of drawing tools says node and arrow; each piece is whole lines. */
enum Notation {
  /** The DOT language of Graphviz. */
  DOT {
    @Override
    String head() {
      return "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n";
    }

    @Override
    String foot() {
      return "}\n";
    }

    @Override
    String artifact(String id, String label, boolean reached) {
      String style = reached ? "" : ", style=dashed";
      return "  " + id + " [label=\"" + Escape.dot(label) + "\"" + style + "];\n";
    }

    @Override
    String hyperedge(String id, String type) {
      return "  " + id + " [shape=ellipse, label=\"" + Escape.dot(type) + "\"];\n";
    }

    @Override
    String arrow(String from, String to, @Nullable String label) {
      String text = label == null ? "" : " [label=\"" + Escape.dot(label) + "\"]";
      return "  " + from + " -> " + to + text + ";\n";
    }
  },

  /** Mermaid's flowchart. */
  MERMAID {
    @Override
    String head() {
      return "flowchart LR\n";
    }

    @Override
    String foot() {
      return "";
    }

    @Override
    String artifact(String id, String label, boolean reached) {
      String node = "  " + id + "[\"" + Escape.mermaid(label) + "\"]\n";
      return reached ? node : node + "  style " + id + " stroke-dasharray: 4\n";
    }

    @Override
    String hyperedge(String id, String type) {
      return "  " + id + "([\"" + Escape.mermaid(type) + "\"])\n";
    }

    @Override
    String arrow(String from, String to, @Nullable String label) {
      String text = label == null ? "" : "|\"" + Escape.mermaid(label) + "\"|";
      return "  " + from + " -->" + text + " " + to + "\n";
    }
  };

  abstract String head();

  abstract String foot();

  /** A node for an artifact; {@code reached} by the walk, or only named by an edge. */
  abstract String artifact(String id, String label, boolean reached);

  abstract String hyperedge(String id, String type);

  abstract String arrow(String from, String to, @Nullable String label);
}
