package dev.cairn.pel.operator.archive;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an archive says of one of its members; nothing of it can be trusted.
 *
 * @param path as it stands there
 * @param kind what it is
 * @param size bytes of its content
 * @param mode permission bits, -1 if there are none
 * @param link where a link leads, null for all else
 */
public record ArchiveEntry(String path, Kind kind, long size, int mode, @Nullable String link) {
  /** What a member is. */
  public enum Kind {
    /** A file. */
    FILE,
    /** A directory. */
    DIRECTORY,
    /** A symbolic link. */
    SYMLINK,
    /** Another name of a file in the archive. */
    HARDLINK,
    /** A device or a pipe. */
    DEVICE;

    /** The word for it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
