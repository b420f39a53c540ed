package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The jar for embedding as whoever embeds it sees it: the file, its POM, and nothing else of ours.
 */
@Timeout(300)
class EmbeddedJarTest {
  private static final Path JAR = Path.of(property("jar"));
  private static final Path POM = Path.of(property("pom"));
  private static final String LICENSE = "META-INF/LICENSE";
  private static final String PROGRAM =
      """
      package app;

      import dev.cairn.asl.bytes.Bytes;
      import dev.cairn.asl.model.ArtifactKey;
      import dev.cairn.asl.model.TypeTag;
      import dev.cairn.federation.audit.Auditor;
      import dev.cairn.federation.node.CairnNode;
      import dev.cairn.federation.node.StoreDirectory;
      import dev.cairn.pel.operator.OperatorRegistry;
      import dev.cairn.pel.run.Executor;
      import dev.cairn.pel.run.RunOptions;
      import dev.cairn.pel.text.ProgramText;
      import java.nio.file.Path;
      import java.util.Map;
      import java.util.TreeMap;

      public final class Embed {
        public static void main(String[] args) {
          Path directory = Path.of(args[0]);
          StoreDirectory.init(directory, "default");
          try (CairnNode node = StoreDirectory.open(directory)) {
            ArtifactKey note =
                node.store().put(new TypeTag("text/plain"), Bytes.utf8("hello, cairn"));
            new Executor(node.store(), OperatorRegistry.discover())
                .run(
                    ProgramText.readJson(
                        Bytes.utf8(
                            "{\\"program\\":1,\\"inputs\\":[\\"text\\"],\\"nodes\\":{\\"count\\":"
                                + "{\\"operator\\":\\"text/stats@1\\",\\"inputs\\":[\\"text\\"]}},"
                                + "\\"outputs\\":{\\"counts\\":\\"count\\"}}")),
                    new TreeMap<>(Map.of("text", note)),
                    RunOptions.defaults());
            System.out.println(note);
            System.out.println(new Auditor(null).audit("here", node.store()).verdict());
            System.out.println(Embed.class.getModule().isNamed());
          }
        }
      }
      """;

  /** The key that the program's text has everywhere. */
  private static final String KEY =
      "asl1-sha256:423b3cf8e5d795731a8fa311c30b3b2e711b1aa758212dbcf636d702abca0e07";

  @TempDir Path folder;

  private static String property(String name) {
    String value = System.getProperty("cairn.embedded." + name);
    if (value == null) {
      throw new AssertionError("run by the build, which sets cairn.embedded." + name);
    }
    return value;
  }

  private static List<Path> needed() throws IOException {
    String text = Files.readString(Path.of(property("needed"))).strip();
    return Stream.of(text.split(File.pathSeparator)).map(Path::of).toList();
  }

  /** The jars that the embedded one is made of. */
  private static List<Path> parts() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(path -> path.endsWith(".jar"))
        .map(Path::of)
        .filter(path -> path.getFileName().toString().startsWith("cairn-"))
        .filter(path -> !path.equals(JAR))
        .toList();
  }

  private static Map<String, String> files(Path jar) throws IOException {
    TreeMap<String, String> files = new TreeMap<>();
    try (JarFile open = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(open.entries())) {
        if (!entry.isDirectory()) {
          try (InputStream in = open.getInputStream(entry)) {
            String bytes = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(files.put(entry.getName(), bytes)).as("twice: " + entry.getName()).isNull();
          }
        }
      }
    }
    return files;
  }

  @Test
  void theJarHoldsWhatItsPartsHoldOnceAndNothingElse() throws IOException {
    TreeMap<String, String> expected = new TreeMap<>();
    Set<String> packages = new HashSet<>();
    assertThat(parts()).hasSize(5);
    for (Path part : parts()) {
      Set<String> own = new TreeSet<>();
      files(part)
          .forEach(
              (name, bytes) -> {
                if (name.equals(LICENSE)) {
                  expected.put(name, bytes);
                } else if (!name.equals("META-INF/MANIFEST.MF")
                    && !name.equals("module-info.class")) {
                  assertThat(expected.put(name, bytes)).as("in two parts: " + name).isNull();
                  own.add(name.substring(0, name.lastIndexOf('/')));
                }
              });
      own.remove("META-INF/services");
      assertThat(packages).as("a package in two parts").doesNotContainAnyElementsOf(own);
      packages.addAll(own);
    }
    Map<String, String> held = files(JAR);
    assertThat(held.remove("META-INF/MANIFEST.MF")).isNotNull();
    assertThat(held.remove("module-info.class")).isNotNull();
    assertThat(held.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, bytes) ->
            assertThat(held.get(name).strip().equals(bytes.strip())).as(name).isTrue());
    assertThat(held).containsKey("META-INF/services/dev.cairn.pel.operator.Operator");
    assertThat(held.get(LICENSE)).isEqualTo(Files.readString(Path.of("..", "LICENSE")));
  }

  /** Else what a part came to export, need or provide would be missing here. */
  @Test
  void theModuleSaysWhatTheModulesOfItsPartsSay() throws IOException {
    ModuleDescriptor whole = descriptor(JAR);
    assertThat(whole.name()).isEqualTo("dev.cairn");
    Set<String> exports = new TreeSet<>();
    Set<String> uses = new TreeSet<>();
    Set<String> provides = new TreeSet<>();
    TreeMap<String, Set<Modifier>> requires = new TreeMap<>();
    for (Path part : parts()) {
      ModuleDescriptor module = descriptor(part);
      assertThat(module.opens()).isEmpty();
      module.exports().forEach(one -> exports.add(one.toString()));
      module.provides().forEach(one -> provides.add(one.toString()));
      uses.addAll(module.uses());
      module.requires().stream()
          .filter(one -> !one.name().startsWith("dev.cairn."))
          .forEach(one -> requires.merge(one.name(), one.modifiers(), EmbeddedJarTest::together));
    }
    assertThat(whole.exports()).extracting(Object::toString).containsOnlyOnceElementsOf(exports);
    assertThat(whole.exports()).hasSameSizeAs(exports);
    assertThat(whole.uses()).isEqualTo(uses);
    assertThat(whole.provides()).extracting(Object::toString).hasSameElementsAs(provides);
    TreeMap<String, Set<Modifier>> required = new TreeMap<>();
    whole.requires().forEach(one -> required.put(one.name(), one.modifiers()));
    assertThat(required).isEqualTo(requires);
  }

  /** Transitive if one says so, and optional only if all do. */
  private static Set<Modifier> together(Set<Modifier> one, Set<Modifier> other) {
    Set<Modifier> both = new HashSet<>(one);
    both.addAll(other);
    if (!one.contains(Modifier.STATIC) || !other.contains(Modifier.STATIC)) {
      both.remove(Modifier.STATIC);
    }
    return both;
  }

  private static ModuleDescriptor descriptor(Path jar) throws IOException {
    try (JarFile open = new JarFile(jar.toFile());
        InputStream in = open.getInputStream(open.getEntry("module-info.class"))) {
      return ModuleDescriptor.read(in);
    }
  }

  @Test
  void nothingInTheJarTellsWhenOrWhereItWasMade() throws IOException {
    Instant stamp = Instant.parse(property("timestamp"));
    try (JarFile open = new JarFile(JAR.toFile())) {
      for (JarEntry entry : Collections.list(open.entries())) {
        // Times in a zip are local and of two seconds: what counts is that all are the one given.
        assertThat(entry.getTimeLocal().toString()).startsWith(stamp.toString().substring(0, 16));
      }
      assertThat(open.getManifest().getMainAttributes().keySet())
          .extracting(Object::toString)
          .doesNotContain("Built-By", "Build-Time", "Build-Jdk");
    }
  }

  @Test
  void thePomStandsAloneAndNamesExactlyWhatTheJarNeeds()
      throws IOException, ParserConfigurationException, SAXException {
    Document pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(POM.toFile());
    assertThat(pom.getElementsByTagName("parent").getLength()).isZero();
    assertThat(pom.getElementsByTagName("build").getLength()).isZero();
    Set<String> named = new TreeSet<>();
    NodeList dependencies = pom.getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      assertThat(text(dependency, "groupId")).isNotEqualTo("dev.cairn");
      assertThat(text(dependency, "scope")).isIn("compile", "runtime");
      assertThat(text(dependency, "version")).doesNotContain("$", "[", "SNAPSHOT");
      named.add(text(dependency, "artifactId") + "-" + text(dependency, "version") + ".jar");
    }
    assertThat(named)
        .isEqualTo(
            new TreeSet<>(needed().stream().map(path -> path.getFileName().toString()).toList()));
  }

  private static String text(Element of, String name) {
    return of.getElementsByTagName(name).item(0).getTextContent();
  }

  @Test
  void aProgramRunsWithItFromTheClassPath() throws IOException, InterruptedException {
    String path = joined(JAR, needed());
    compile(List.of("-cp", path), List.of(source("Embed.java", PROGRAM)));
    String out =
        run("-cp", folder.resolve("classes") + File.pathSeparator + path, "app.Embed", store());
    assertThat(out.lines()).hasSize(3).startsWith(KEY, "VERIFIED").endsWith("false");
  }

  @Test
  void aModuleRunsWithItFromTheModulePath() throws IOException, InterruptedException {
    String path = joined(JAR, needed());
    Path module = source("module-info.java", "module app { requires dev.cairn; }");
    compile(List.of("-p", path), List.of(module, source("Embed.java", PROGRAM)));
    String out =
        run(
            "-p",
            folder.resolve("classes") + File.pathSeparator + path,
            "-m",
            "app/app.Embed",
            store());
    assertThat(out.lines()).hasSize(3).startsWith(KEY, "VERIFIED").endsWith("true");
  }

  private String store() {
    return folder.resolve("store").toString();
  }

  private static String joined(Path first, List<Path> more) {
    List<String> all = new ArrayList<>(List.of(first.toString()));
    more.forEach(path -> all.add(path.toString()));
    return String.join(File.pathSeparator, all);
  }

  private Path source(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private void compile(List<String> options, List<Path> sources) {
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(
        List.of("-proc:none", "--release", "17", "-d", "" + folder.resolve("classes")));
    sources.forEach(source -> arguments.add(source.toString()));
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(new String[0])))
        .isZero();
  }

  private String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
    return Files.readString(out);
  }
}
