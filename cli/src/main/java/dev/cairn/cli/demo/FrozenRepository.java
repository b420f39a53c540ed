package dev.cairn.cli.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;

/**
 * A git repository as it is at one moment: so that what several readers find in it is the same,
 * though people commit meanwhile.
 *
 * <pre>
 *   DIR/HEAD                      the commit, or a branch without one
 *   DIR/packed-refs               every ref and what it names
 *   DIR/objects/info/alternates   where the objects are: in the repository itself
 *   DIR/shallow                   where a shallow clone ends, if it is one
 * </pre>
 */
final class FrozenRepository {
  private static final String UNBORN = "ref: refs/heads/unborn\n";

  private FrozenRepository() {}

  /** Writes down the refs of the repository at {@code git} in a new folder, which is given back. */
  static Path of(Path git, Path folder) throws IOException {
    Files.createDirectories(folder.resolve("refs"));
    Path alternates = folder.resolve("objects/info/alternates");
    Files.createDirectories(alternates.getParent());
    try (Repository repository = GitWalk.open(git)) {
      Path common = repository.getCommonDirectory().toPath();
      write(alternates, common.resolve("objects") + "\n");
      Path shallow = common.resolve("shallow");
      if (Files.exists(shallow)) {
        Files.copy(shallow, folder.resolve("shallow"));
      }
      write(folder.resolve("packed-refs"), refs(repository));
      ObjectId head = repository.resolve(Constants.HEAD);
      write(folder.resolve("HEAD"), head == null ? UNBORN : head.name() + "\n");
    }
    return folder;
  }

  private static String refs(Repository repository) throws IOException {
    TreeMap<String, String> sorted = new TreeMap<>();
    for (Ref ref : repository.getRefDatabase().getRefs()) {
      ObjectId id = ref.getObjectId();
      if (id != null && ref.getName().startsWith(Constants.R_REFS)) {
        sorted.put(ref.getName(), id.name());
      }
    }
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, String> ref : sorted.entrySet()) {
      lines.append(ref.getValue()).append(' ').append(ref.getKey()).append('\n');
    }
    return lines.toString();
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }
}
