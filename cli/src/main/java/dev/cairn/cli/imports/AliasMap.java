package dev.cairn.cli.imports;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Aliases kept from one trace to the next: lines of {@code alias<TAB>key} in UTF-8, in the order in
 * which they were added. One owner at a time.
 */
public final class AliasMap {
  /** Most aliases. */
  public static final int ALIASES_MAX = 50_000_000;

  private final Map<String, ArtifactKey> keys = new LinkedHashMap<>();

  /** A map without any. */
  public AliasMap() {}

  /** Reads a file; an empty map if there is none. */
  public static AliasMap read(Path file) throws IOException {
    AliasMap map = new AliasMap();
    if (!Files.exists(file)) {
      return map;
    }
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        int tab = line.indexOf('\t');
        if (tab < 1 || map.keys.size() == ALIASES_MAX) {
          throw new MalformedException(
              file + ", line " + number + ": not of the form alias<TAB>key, or too many");
        }
        try {
          map.keys.put(line.substring(0, tab), ArtifactKey.parse(line.substring(tab + 1)));
        } catch (MalformedException e) {
          throw new MalformedException(file + ", line " + number + ": " + e.getMessage(), e);
        }
      }
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new MalformedException(file + ": not UTF-8", e);
    }
    return map;
  }

  /** What the alias means; null if it is not known. */
  public @Nullable ArtifactKey get(String alias) {
    return keys.get(alias);
  }

  /** One more alias; one that is known keeps its meaning. */
  public void put(String alias, ArtifactKey key) {
    keys.putIfAbsent(alias, key);
  }

  /** True if a line can hold the alias. */
  public static boolean canHold(String alias) {
    return alias.indexOf('\t') < 0 && alias.indexOf('\n') < 0 && alias.indexOf('\r') < 0;
  }

  /** Writes all lines. */
  public void writeTo(Writer out) throws IOException {
    for (Map.Entry<String, ArtifactKey> entry : keys.entrySet()) {
      out.write(entry.getKey() + "\t" + entry.getValue() + "\n");
    }
  }
}
