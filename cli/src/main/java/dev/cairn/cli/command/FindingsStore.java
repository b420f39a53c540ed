package dev.cairn.cli.command;

import dev.cairn.asl.model.Federation;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.report.KeptFindings;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.FindingKeeper;
import dev.cairn.federation.audit.FindingKeeper.Standing;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.tgk.finding.WriteResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where an audit keeps what it finds, if the user named a place: a store of one's own, made once
 * there is something to keep. One owner at a time; must be closed.
 */
final class FindingsStore implements AutoCloseable {
  private final CairnCommand cairn;
  private final @Nullable String name;
  private @Nullable CairnNode node;

  private FindingsStore(CairnCommand cairn, @Nullable String name, @Nullable CairnNode node) {
    this.cairn = cairn;
    this.name = name;
    this.node = node;
  }

  /**
   * The one that the user named, open if it is there.
   *
   * @param name null if none was named
   * @param sources none of which it may be: an audit does not write to what it audits
   */
  static FindingsStore toWrite(
      CairnCommand cairn, @Nullable String name, Iterable<Source> sources) {
    if (name == null) {
      return new FindingsStore(cairn, null, null);
    }
    Path directory = directory(cairn, name);
    for (Source source : sources) {
      if (source instanceof Source.StoreAt at && isSame(at.directory(), directory)) {
        throw CommandFailure.usage(
            "'" + name + "' is itself a source", "keep findings in a store of your own");
      }
    }
    if (StoreDirectory.isStore(directory)) {
      return new FindingsStore(
          cairn, name, StoreDirectory.open(directory, cairn.environment().clock()));
    }
    if (!mayBeMade(directory)) {
      throw CommandFailure.unfinished(
          directory + " is no store and no empty folder", "name another place for findings");
    }
    return new FindingsStore(cairn, name, null);
  }

  /** The directory of the store of findings that must be there. */
  static Path existing(CairnCommand cairn, String name) {
    Path directory = directory(cairn, name);
    if (!StoreDirectory.isStore(directory)) {
      throw CommandFailure.unfinished(
          "no store of findings at " + directory,
          "keep some there with 'cairn audit SOURCE --findings " + name + "'");
    }
    return directory;
  }

  private static Path directory(CairnCommand cairn, String name) {
    Path path = cairn.path(name);
    Path within = path.resolve(StoreDirectory.CONVENTIONAL_NAME);
    return !StoreDirectory.isStore(path) && StoreDirectory.isStore(within) ? within : path;
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.exists(other) && Files.isSameFile(one, other);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean mayBeMade(Path directory) {
    if (!Files.exists(directory)) {
      return true;
    }
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps what an audit found; null if the user named no place for it. */
  @Nullable KeptFindings keep(AuditReport report) {
    if (name == null) {
      return null;
    }
    CairnNode open = node == null ? make(name) : node;
    node = open;
    FindingKeeper keeper = new FindingKeeper(open.store());
    Map<AuditFinding, Map<Place, Standing>> standings = new HashMap<>();
    for (AuditFinding finding : report.findings()) {
      Map<Place, Standing> places = new HashMap<>();
      finding.places().forEach(place -> places.put(place, keeper.standing(finding, place)));
      standings.put(finding, places);
    }
    WriteResult written =
        keeper.keep(report.findings(), cairn.environment().clock().millis(), ProgramVersion.text());
    return new KeptFindings(name, written, standings);
  }

  private CairnNode make(String named) {
    Path directory = directory(cairn, named);
    StoreDirectory.init(directory, Federation.DEFAULT_NAME);
    cairn.console().note("made a store of findings at " + directory);
    return StoreDirectory.open(directory, cairn.environment().clock());
  }

  @Override
  public void close() {
    if (node != null) {
      node.close();
    }
  }
}
