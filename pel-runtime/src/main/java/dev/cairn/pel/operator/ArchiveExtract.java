package dev.cairn.pel.operator;

import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.archive.ArchiveEntry;
import dev.cairn.pel.operator.archive.ArchiveReader;
import dev.cairn.pel.operator.archive.SafePaths;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code tar/extract@1} and {@code zip/extract@1}: the files of an archive as a list, in its order,
 * labelled with their paths.
 *
 * <p>All paths must be safe as {@link SafePaths} tells, those of members that are not wanted too.
 * Directories are no artifacts. Links and devices are refused, or left out where {@code skip} names
 * their kind.
 */
final class ArchiveExtract extends BuiltIn {
  /** Most bytes of content unless told otherwise. */
  static final long CONTENT_BYTES = 1L << 30;

  /** Of content, which is decompressed whether it is wanted or not. */
  private static final long WORK_A_BYTE = 5;

  private static final List<String> SKIPPABLE = List.of("symlink", "hardlink", "device");

  private final ArchiveFormat format;

  ArchiveExtract(ArchiveFormat format) {
    super(
        format.word() + "/extract@1",
        new OperatorSpec(
            "The files of a " + format.word() + " archive as a list labelled with paths.",
            1,
            1,
            List.of(
                new Parameter(
                    "paths", Kind.TEXTS, false, "patterns of the wanted paths; all if absent"),
                new Parameter(
                    "skip", Kind.TEXTS, false, "of symlink, hardlink, device, what to leave out"),
                new Parameter("max", Kind.INTEGER, false, "most bytes of content; 2^30 if absent"),
                new Parameter("type", Kind.TEXT, false, "type of the files; none if absent"))));
    this.format = format;
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    globs(parameters);
    if (parameters.integer("max", 0) < 0) {
      throw new OperatorFailure("bad-parameter", "max is negative");
    }
    for (String kind : parameters.texts("skip")) {
      if (!SKIPPABLE.contains(kind)) {
        throw new OperatorFailure(
            "bad-parameter", "skip: " + Mistakes.quote(kind) + " is none of " + SKIPPABLE);
      }
    }
  }

  private static List<Glob> globs(Parameters parameters) {
    return parameters.texts("paths").stream().map(path -> new Glob("paths", path)).toList();
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    long max = parameters.integer("max", CONTENT_BYTES);
    List<Glob> globs = globs(parameters);
    List<String> skipped = parameters.texts("skip");
    TypeTag type = parameters.typeTag("type");
    SafePaths paths = new SafePaths();
    List<ArtifactList.Item> items = new ArrayList<>();
    long total = 0;
    try (ArchiveReader reader = format.open(context.inputs().get(0), max)) {
      for (ArchiveEntry entry = reader.next(); entry != null; entry = reader.next()) {
        boolean directory = entry.kind() == ArchiveEntry.Kind.DIRECTORY;
        String path = paths.add(entry.path(), directory);
        total += entry.size();
        if (total > max || total < 0) {
          throw new OperatorFailure(
              "too-large", "the archive holds more than the " + max + " bytes that are wanted");
        }
        context.host().works(OperatorHost.work(WORK_A_BYTE, entry.size()));
        boolean file = entry.kind() == ArchiveEntry.Kind.FILE;
        if (!file && !directory && !skipped.contains(entry.kind().word())) {
          throw new OperatorFailure(
              "hostile-member", Mistakes.quote(entry.path()) + " is a " + entry.kind().word());
        }
        boolean wanted =
            !parameters.has("paths")
                || globs.stream().anyMatch(glob -> glob.matches(path, context.host()::works));
        if (file && wanted) {
          OperatorOutput content = new OperatorOutput(type, reader.content());
          items.add(new ArtifactList.Item(context.host().make(content).key(), path));
        }
      }
    }
    return OperatorOutput.of(ArtifactList.TYPE, new ArtifactList(items).encode());
  }
}
