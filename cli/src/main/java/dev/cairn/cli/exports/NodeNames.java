package dev.cairn.cli.exports;

import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What artifacts are called, read at a view. Safe for any thread. */
public final class NodeNames {
  private static final int NAME_BYTES_MAX = 1 << 18;
  private static final int LABEL_CHARS_MAX = 100;
  private static final String REFERENCES = "/ref";

  private final Store store;
  private final View view;

  /** Names of the artifacts in a store. */
  public NodeNames(Store store, View view) {
    this.store = store;
    this.view = view;
  }

  /** What an artifact is that is live in the view, as its bytes tell if they are here. */
  public Optional<LiveEntry> live(ArtifactKey key) {
    return view.known(key).map(store::held);
  }

  /** The type of an artifact; null if it has none or is not live. */
  public @Nullable TypeTag type(ArtifactKey key) {
    return live(key).map(entry -> entry.artifact().tag()).orElse(null);
  }

  /** The name that an artifact stands for, if its type is {@code type}; else null. */
  public @Nullable String named(ArtifactKey key, TypeTag type) {
    return type.equals(type(key)) ? text(key) : null;
  }

  /**
   * The text of a small payload; null if it is not here. Damage is no error in a name: {@code cairn
   * get} tells of it.
   */
  public @Nullable String text(ArtifactKey key) {
    try {
      return store.reader(view).get(key, NAME_BYTES_MAX).toUtf8();
    } catch (NotFoundException | ErasedException | UnavailableException | RefusedException e) {
      return null;
    }
  }

  /** A label for drawings: the beginning of the digest, the type, and the name it stands for. */
  public String label(ArtifactKey key) {
    String digits = key.digest().slice(0, 6).toHex();
    TypeTag type = type(key);
    if (type == null) {
      return digits;
    }
    String name = type.text().endsWith(REFERENCES) ? text(key) : null;
    return name == null ? digits + " " + type : digits + " " + shortened(name);
  }

  private static String shortened(String name) {
    return name.codePointCount(0, name.length()) <= LABEL_CHARS_MAX
        ? name
        : name.substring(0, name.offsetByCodePoints(0, LABEL_CHARS_MAX)) + "…";
  }
}
