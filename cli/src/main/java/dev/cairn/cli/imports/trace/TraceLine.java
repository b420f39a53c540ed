package dev.cairn.cli.imports.trace;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.tgk.model.EdgeType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one line of a trace says. */
sealed interface TraceLine {
  /** {@code {"artifact": ALIAS, "type": TAG, "base64": …}}, or {@code "text"} instead. */
  record Artifact(String alias, @Nullable TypeTag type, Bytes payload) implements TraceLine {}

  /** {@code {"edge": TYPE, "from": […], "to": […], "text": …}}. */
  record Link(EdgeType type, List<End> from, List<End> to, @Nullable String text)
      implements TraceLine {
    public Link {
      from = List.copyOf(from);
      to = List.copyOf(to);
    }
  }

  /** {@code {"tombstone": ALIAS}}. */
  record Tombstone(String alias) implements TraceLine {}

  /** {@code ALIAS}, or {@code {"ref": ALIAS, "role": ROLE}}. */
  record End(String alias, @Nullable String role) {}
}
