package dev.cairn.pel.operator;

import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.archive.ArchiveEntry;
import dev.cairn.pel.operator.archive.ArchiveReader;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code tar/list@1} and {@code zip/list@1}: what an archive says it holds, in its order, as a JSON
 * array. Paths stand as they are, hostile or not; contents are not looked at.
 *
 * <pre>
 *   {"path": ..., "kind": "file" / "directory" / "symlink" / "hardlink" / "device", "size": bytes,
 *    "mode"?: permission bits, "link"?: where a link in a tar archive leads}
 * </pre>
 */
final class ArchiveList extends BuiltIn {
  private final ArchiveFormat format;

  ArchiveList(ArchiveFormat format) {
    super(
        format.word() + "/list@1",
        new OperatorSpec(
            "What a " + format.word() + " archive says it holds, as JSON.", 1, 1, List.of()));
    this.format = format;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    ArchiveReader reader = format.open(context.inputs().get(0), Long.MAX_VALUE);
    return new OperatorOutput(Inputs.JSON, new JsonArrayStream(() -> json(reader.next()), reader));
  }

  private static @Nullable Json json(@Nullable ArchiveEntry entry) {
    if (entry == null) {
      return null;
    }
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("path", new Json.Text(entry.path()));
    members.put("kind", new Json.Text(entry.kind().word()));
    members.put("size", Json.Num.of(entry.size()));
    if (entry.mode() >= 0) {
      members.put("mode", Json.Num.of(entry.mode()));
    }
    if (entry.link() != null) {
      members.put("link", new Json.Text(entry.link()));
    }
    return new Json.Dict(members);
  }
}
