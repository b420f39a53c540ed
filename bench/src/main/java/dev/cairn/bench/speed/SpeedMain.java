package dev.cairn.bench.speed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;

/**
 * Measures the store's speed beside raw floors, each kind of work in a process of its own with a
 * heap of 256 MiB.
 *
 * <pre>
 *   bench/run [--rows NAME,NAME…] [--count N] [--tree-mib N] [--folder PATH] [--keep] [--json FILE] [--jvm OPTIONS]
 * </pre>
 *
 * <p>Prints every figure with its target, and in the end a Markdown table. Exits 0 if all was
 * measured, whether targets were reached or not, 2 for a wrong command line, 1 if a measurement
 * failed.
 */
public final class SpeedMain {
  private static final long COUNT = 1_000_000;
  private static final int TREE_MEBIBYTES = 1024;

  private Set<Works> rows = EnumSet.complementOf(EnumSet.of(Works.PREPARE));
  private long count = COUNT;
  private int treeMebibytes = TREE_MEBIBYTES;
  private Path parent = Path.of(System.getProperty("java.io.tmpdir"));
  private boolean keep;
  private @Nullable Path json;
  private List<String> jvmOptions = List.of();

  private SpeedMain() {}

  /** Runs what the command line says. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    SpeedMain run = new SpeedMain();
    try {
      run.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(2);
    }
    System.exit(run.run() ? 0 : 1);
  }

  private void parse(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      String option = arguments[i];
      if (option.equals("--keep")) {
        keep = true;
        continue;
      }
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(option + " is no option, or lacks its value");
      }
      String value = arguments[++i];
      switch (option) {
        case "--rows" -> rows = rows(value);
        case "--count" -> count = Long.parseLong(value);
        case "--tree-mib" -> treeMebibytes = Integer.parseInt(value);
        case "--folder" -> parent = Path.of(value);
        case "--json" -> json = Path.of(value);
        case "--jvm" -> jvmOptions = List.of(value.split(" ", -1));
        default -> throw new IllegalArgumentException("unknown option " + option);
      }
    }
    if (count % (10L * Setting.BATCH) != 0) {
      throw new IllegalArgumentException("--count must be a multiple of 10,000, not " + count);
    }
  }

  private static Set<Works> rows(String names) {
    Set<Works> rows = EnumSet.noneOf(Works.class);
    for (String name : names.split(",", -1)) {
      if (name.equals("graph")) {
        rows.addAll(EnumSet.of(Works.GRAPH_SHALLOW, Works.GRAPH_SKEWED, Works.GRAPH_DEEP));
      } else {
        rows.add(Works.of(name));
      }
    }
    return rows;
  }

  private boolean run() throws IOException, InterruptedException {
    Files.createDirectories(parent);
    Path folder = Files.createTempDirectory(parent, "cairn-bench");
    Setting setting = new Setting(count, treeMebibytes, folder, folder.resolve("prepared"));
    if (rows.stream().anyMatch(Works::onPrepared)) {
      rows.add(Works.PREPARE);
    }
    RocksDB.loadLibrary();
    String facts = facts();
    System.out.println(facts);
    boolean well = true;
    List<String> table = new ArrayList<>();
    List<String> objects = new ArrayList<>();
    try {
      for (Works works : rows) {
        System.out.println(works.label());
        boolean done = runRow(works, setting, folder);
        well &= done;
        if (done) {
          table.addAll(Files.readAllLines(folder.resolve(works.label() + ".md")));
          objects.add(Files.readString(folder.resolve(works.label() + ".json")));
        }
      }
    } finally {
      if (!keep) {
        Folders.delete(folder);
      }
    }
    print(table);
    if (json != null) {
      String all =
          "{\"machine\":"
              + Report.quoted(facts)
              + ",\"count\":"
              + count
              + ",\"rows\":[\n"
              + String.join(",\n", objects)
              + "\n]}\n";
      Files.writeString(json, all, StandardCharsets.UTF_8);
    }
    return well;
  }

  private boolean runRow(Works works, Setting setting, Path results)
      throws IOException, InterruptedException {
    List<String> command =
        Processes.command(
            RowMain.class,
            Processes.options(jvmOptions),
            RowMain.arguments(works, setting, results));
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      System.out.println("  failed: the process ended with " + code);
    }
    return code == 0;
  }

  private static void print(List<String> table) {
    System.out.println();
    System.out.println("| work | measured | target | |");
    System.out.println("|---|---|---|---|");
    table.forEach(System.out::println);
  }

  private String facts() {
    String commit = System.getProperty("cairn.commit", "unknown commit");
    return Report.text(
        "%s, %s, %d cores, %s %s, RocksDB %s, %,d artifacts of 1 KiB, heap %s, %s",
        LocalDate.now(ZoneOffset.UTC),
        commit,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.vm.name"),
        System.getProperty("java.version"),
        RocksDB.rocksdbVersion(),
        count,
        Processes.HEAP,
        String.join(" ", Processes.options(jvmOptions)));
  }
}
