package dev.cairn.cli.imports.git;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * JGit's view of the machine without the user's and the machine's git settings: they must not
 * change what is imported, and looking for them starts a process. Nor does JGit measure how finely
 * the file system tells time, for which it would write into the repository that it reads, or keep
 * settings of its own in the user's home.
 */
public final class QuietSystemReader extends SystemReader.Delegate {
  private QuietSystemReader(SystemReader machine) {
    super(machine);
  }

  /** Lets JGit see the machine so, for the rest of the process. */
  public static synchronized void install() {
    SystemReader present = SystemReader.getInstance();
    if (!(present instanceof QuietSystemReader)) {
      SystemReader.setInstance(new QuietSystemReader(present));
    }
  }

  @Override
  public @Nullable String getenv(String variable) {
    // No GIT_DIR, GIT_CEILING_DIRECTORIES, …: the source named is the source read.
    return variable.startsWith("GIT_") || variable.equals(Constants.XDG_CONFIG_HOME)
        ? null
        : super.getenv(variable);
  }

  @Override
  public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
    return new Nothing(parent, fs);
  }

  @Override
  public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
    return new Nothing(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
    return new Nothing(parent, fs);
  }

  /** Settings without any, but for what keeps JGit from measuring. */
  private static final class Nothing extends FileBasedConfig {
    Nothing(@Nullable Config parent, FS fs) {
      super(parent, null, fs);
    }

    @Override
    public @Nullable String getString(String section, @Nullable String subsection, String name) {
      if (section.equals(ConfigConstants.CONFIG_FILESYSTEM_SECTION)) {
        return switch (name) {
          case ConfigConstants.CONFIG_KEY_TIMESTAMP_RESOLUTION -> "2 seconds";
          case ConfigConstants.CONFIG_KEY_MIN_RACY_THRESHOLD -> "0 seconds";
          default -> null;
        };
      }
      return super.getString(section, subsection, name);
    }

    @Override
    public void load() {}

    @Override
    public void save() {}

    @Override
    public boolean isOutdated() {
      return false;
    }
  }
}
