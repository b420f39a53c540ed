package dev.cairn.cli.imports.maven;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.imports.maven.Pom.Dependency;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * POMs that are read together: replaces properties and fills in versions from parents and managed
 * dependencies, as far as the POMs of the set say them. One owner at a time.
 */
final class PomSet {
  private static final Pattern PROPERTY = Pattern.compile("\\$\\{([^${}]{1,200})}");
  private static final int REPLACEMENTS_MAX = 100;
  private static final int ANCESTORS_MAX = 32;
  private static final int IMPORTS_DEPTH_MAX = 8;
  private static final int VALUE_CHARS_MAX = 4096;

  private final Map<String, Pom> byCoordinate = new HashMap<>();
  private final Map<String, ArtifactKey> keys = new HashMap<>();

  /** Adds a POM; of several under one coordinate the first counts. */
  void add(Pom pom, ArtifactKey key) {
    Dependency self = self(pom);
    String coordinate = coordinate(self);
    if (byCoordinate.putIfAbsent(coordinate, pom) == null) {
      keys.put(coordinate, key);
    }
  }

  /** {@code group:artifact:version}, or without a version that is not known. */
  static String coordinate(Dependency dependency) {
    String name = dependency.group() + ":" + dependency.artifact();
    return dependency.version().isEmpty() ? name : name + ":" + dependency.version();
  }

  /** The artifact of a POM of the set. */
  @Nullable ArtifactKey key(Dependency dependency) {
    return keys.get(coordinate(dependency));
  }

  /** What a POM depends on, parts filled in and properties replaced. */
  List<Dependency> dependencies(Pom pom) {
    List<Dependency> resolved = new ArrayList<>();
    for (Dependency dependency : pom.dependencies()) {
      resolved.add(managed(pom, replaced(pom, dependency)));
    }
    for (Dependency dependency : pom.managed()) {
      Dependency whole = replaced(pom, dependency);
      if (whole.scope().equals("import")) {
        resolved.add(whole);
      }
    }
    return resolved;
  }

  private Dependency self(Pom pom) {
    Dependency self = pom.self();
    Dependency parent = pom.parent();
    String group = self.group().isEmpty() && parent != null ? parent.group() : self.group();
    String version = self.version().isEmpty() && parent != null ? parent.version() : self.version();
    Dependency whole = new Dependency(group, self.artifact(), version, "", "");
    return new Dependency(
        replace(pom, whole.group()),
        replace(pom, whole.artifact()),
        replace(pom, whole.version()),
        "",
        "");
  }

  private Dependency managed(Pom pom, Dependency dependency) {
    if (!dependency.version().isEmpty()) {
      return dependency;
    }
    Dependency found = findManaged(pom, dependency, 0);
    if (found == null) {
      return dependency;
    }
    return new Dependency(
        dependency.group(),
        dependency.artifact(),
        found.version(),
        dependency.scope().isEmpty() ? found.scope() : dependency.scope(),
        dependency.type());
  }

  private @Nullable Dependency findManaged(Pom pom, Dependency wanted, int depth) {
    for (Pom ancestor : lineage(pom)) {
      for (Dependency candidate : ancestor.managed()) {
        Dependency whole = replaced(pom, candidate);
        if (whole.group().equals(wanted.group()) && whole.artifact().equals(wanted.artifact())) {
          return whole;
        }
      }
      for (Dependency candidate : ancestor.managed()) {
        Dependency whole = replaced(pom, candidate);
        Pom list = whole.scope().equals("import") ? byCoordinate.get(coordinate(whole)) : null;
        if (list != null && depth < IMPORTS_DEPTH_MAX) {
          Dependency found = findManaged(list, wanted, depth + 1);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  private Dependency replaced(Pom pom, Dependency raw) {
    return new Dependency(
        replace(pom, raw.group()),
        replace(pom, raw.artifact()),
        replace(pom, raw.version()),
        replace(pom, raw.scope()),
        replace(pom, raw.type()));
  }

  private String replace(Pom pom, String text) {
    String value = text;
    for (int i = 0; i < REPLACEMENTS_MAX && value.length() <= VALUE_CHARS_MAX; i++) {
      Matcher matcher = PROPERTY.matcher(value);
      String property = null;
      while (property == null && matcher.find()) {
        property = property(pom, matcher.group(1));
      }
      if (property == null) {
        return value;
      }
      value = value.substring(0, matcher.start()) + property + value.substring(matcher.end());
    }
    return value.length() <= VALUE_CHARS_MAX ? value : text;
  }

  private @Nullable String property(Pom pom, String name) {
    Dependency self = pom.self();
    Dependency parent = pom.parent();
    String plain = name.startsWith("pom.") ? "project." + name.substring(4) : name;
    switch (plain) {
      case "project.groupId" -> {
        return self.group().isEmpty() && parent != null ? parent.group() : self.group();
      }
      case "project.artifactId" -> {
        return self.artifact();
      }
      case "project.version" -> {
        return self.version().isEmpty() && parent != null ? parent.version() : self.version();
      }
      case "project.parent.groupId" -> {
        return parent == null ? null : parent.group();
      }
      case "project.parent.version" -> {
        return parent == null ? null : parent.version();
      }
      default -> {
        for (Pom ancestor : lineage(pom)) {
          String value = ancestor.properties().get(name);
          if (value != null) {
            return value;
          }
        }
        return null;
      }
    }
  }

  /** A POM, its parent, and so on, as far as they are in the set. */
  private List<Pom> lineage(Pom pom) {
    List<Pom> lineage = new ArrayList<>();
    for (Pom at = pom; at != null && lineage.size() < ANCESTORS_MAX; ) {
      lineage.add(at);
      Dependency parent = at.parent();
      at = parent == null ? null : byCoordinate.get(coordinate(parent));
    }
    return lineage;
  }
}
