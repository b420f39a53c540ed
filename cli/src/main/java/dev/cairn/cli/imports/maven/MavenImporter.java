package dev.cairn.cli.imports.maven;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.ImportSink;
import dev.cairn.cli.imports.maven.Pom.Dependency;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Imports the POM files below folders, such as a local Maven repository.
 *
 * <p>Every {@code *.pom} and {@code pom.xml} is an artifact of type {@code maven/pom}, its bytes as
 * they are. A POM with a parent or dependencies gets one edge {@code maven:dependency} to it, from
 * its parent (role {@code parent}) and each dependency (role: its scope, {@code compile} if it says
 * none, {@code import} for an imported list of versions). A POM that is not among the files stands
 * as an artifact of type {@code maven/coordinate} with {@code group:artifact:version} as text; the
 * version is missing where the POMs at hand do not say it.
 *
 * <p>All files are read before anything is written. Importing again writes nothing. One owner at a
 * time.
 */
public final class MavenImporter {
  /** Most files in one import. */
  public static final int POMS_MAX = 200_000;

  private static final TypeTag POM = new TypeTag("maven/pom");
  private static final TypeTag COORDINATE = new TypeTag("maven/coordinate");
  private static final EdgeType DEPENDENCY = new EdgeType("maven:dependency");

  private final boolean keepGoing;
  private final Consumer<String> complaints;
  private final PomSet set = new PomSet();
  private final List<Read> poms = new ArrayList<>();
  private final Set<ArtifactKey> distinct = new HashSet<>();
  private final Set<ArtifactKey> coordinates = new HashSet<>();
  private long edges;
  private long passedOver;

  /**
   * What was imported.
   *
   * @param poms distinct POMs
   * @param edges edges stated
   * @param coordinates distinct coordinates without a POM
   * @param written records written
   * @param passedOver files that are no POMs
   */
  public record Report(long poms, long edges, long coordinates, long written, long passedOver) {}

  private record Read(Path file, ArtifactKey key, Pom pom) {}

  /**
   * An importer, for one run.
   *
   * @param keepGoing whether files that are no POMs are passed over
   * @param complaints takes a sentence for each of them
   */
  public MavenImporter(boolean keepGoing, Consumer<String> complaints) {
    this.keepGoing = keepGoing;
    this.complaints = complaints;
  }

  /**
   * Imports all POMs below {@code folders}.
   *
   * @throws MalformedException naming the first file that is no POM; nothing was written
   */
  public Report run(List<Path> folders, Store store, LongFunction<Progress> progress)
      throws IOException {
    for (Path folder : folders) {
      for (Path file : files(folder)) {
        read(file);
      }
    }
    poms.forEach(read -> set.add(read.pom(), read.key()));
    try (ImportSink sink = new ImportSink(store);
        Progress shown = progress.apply(poms.size())) {
      for (Read read : poms) {
        if (distinct.add(read.key())) {
          sink.put(POM, Bytes.wrap(Files.readAllBytes(read.file())));
          link(read, sink);
        }
        shown.step(1);
      }
      sink.flush();
      return new Report(distinct.size(), edges, coordinates.size(), sink.written(), passedOver);
    }
  }

  private void read(Path file) throws IOException {
    try {
      if (poms.size() == POMS_MAX) {
        throw new MalformedException("more than " + POMS_MAX + " POMs");
      }
      if (Files.size(file) > Pom.BYTES_MAX) {
        throw new MalformedException("more than " + Pom.BYTES_MAX + " bytes");
      }
      Bytes xml = Bytes.wrap(Files.readAllBytes(file));
      poms.add(new Read(file, ArtifactKey.of(xml, POM), Pom.parse(xml)));
    } catch (MalformedException e) {
      String told = file + ": " + e.getMessage();
      if (!keepGoing) {
        throw new MalformedException(told, e);
      }
      passedOver++;
      complaints.accept(told);
    }
  }

  private void link(Read read, ImportSink sink) {
    TreeSet<Endpoint> from = new TreeSet<>();
    Dependency parent = read.pom().parent();
    if (parent != null) {
      from.add(new Endpoint(keyOf(parent, sink), "parent"));
    }
    for (Dependency dependency : set.dependencies(read.pom())) {
      from.add(new Endpoint(keyOf(dependency, sink), role(dependency.scope())));
    }
    if (from.isEmpty()) {
      return;
    }
    if (from.size() >= Edge.EDGE_ENDPOINTS_MAX) {
      throw new MalformedException(read.file() + ": " + from.size() + " dependencies");
    }
    Edge edge = new Edge(DEPENDENCY, List.copyOf(from), List.of(Endpoint.of(read.key())), null);
    sink.put(TypeTag.EDGE, edge.encode());
    edges++;
  }

  private ArtifactKey keyOf(Dependency dependency, ImportSink sink) {
    ArtifactKey key = set.key(dependency);
    if (key != null) {
      return key;
    }
    Bytes coordinate = Bytes.utf8(PomSet.coordinate(dependency));
    ArtifactKey standIn = ArtifactKey.of(coordinate, COORDINATE);
    if (coordinates.add(standIn)) {
      sink.put(COORDINATE, coordinate);
    }
    return standIn;
  }

  private static String role(String scope) {
    if (scope.isEmpty()) {
      return "compile";
    }
    String role = CborWriter.normalise(scope);
    return role.length() > Endpoint.ROLE_BYTES_MAX / 4
        ? role.substring(0, Endpoint.ROLE_BYTES_MAX / 4)
        : role;
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    if (!Files.isDirectory(folder)) {
      return List.of(folder);
    }
    TreeMap<Bytes, Path> sorted = new TreeMap<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = String.valueOf(file.getFileName());
            if (attributes.isRegularFile() && (name.endsWith(".pom") || name.equals("pom.xml"))) {
              sorted.put(Bytes.utf8(folder.relativize(file).toString()), file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return List.copyOf(sorted.values());
  }
}
