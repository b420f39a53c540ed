package dev.cairn.cli.imports.git;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.files.TemporaryFolder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.RepositoryNotFoundException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.storage.file.WindowCacheConfig;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/**
 * A git repository to read from: a working tree, a bare repository, or a bundle file, which is
 * unpacked into a temporary folder. One owner at a time; must be closed.
 */
final class GitSource implements AutoCloseable {
  /** Blobs above this size are streamed instead of held in memory. */
  private static final int STREAM_BYTES_MIN = 4 << 20;

  private static final int DELTA_CACHE_BYTES = 32 << 20;

  private final Repository repository;
  private final @Nullable TemporaryFolder temporary;

  private GitSource(Repository repository, @Nullable TemporaryFolder temporary) {
    this.repository = repository;
    this.temporary = temporary;
  }

  static GitSource open(Path path) throws IOException {
    QuietSystemReader.install();
    WindowCacheConfig cache = new WindowCacheConfig();
    cache.setStreamFileThreshold(STREAM_BYTES_MIN);
    cache.setDeltaBaseCacheLimit(DELTA_CACHE_BYTES);
    cache.install();
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    return Files.isDirectory(path) ? openDirectory(path) : openBundle(path);
  }

  Repository repository() {
    return repository;
  }

  private static GitSource openDirectory(Path path) throws IOException {
    File folder = path.toFile();
    FileRepositoryBuilder builder = new FileRepositoryBuilder();
    builder.addCeilingDirectory(folder.getAbsoluteFile().getParentFile());
    builder.findGitDir(folder.getAbsoluteFile());
    if (builder.getGitDir() == null) {
      throw new MalformedException(path + ": not a git repository");
    }
    try {
      return new GitSource(builder.setMustExist(true).build(), null);
    } catch (RepositoryNotFoundException e) {
      throw new MalformedException(path + ": not a git repository", e);
    }
  }

  private static GitSource openBundle(Path file) throws IOException {
    TemporaryFolder folder = TemporaryFolder.untilExit("cairn-git-bundle-");
    Repository repository;
    try {
      repository = new FileRepositoryBuilder().setBare().setGitDir(folder.path().toFile()).build();
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
    GitSource source = new GitSource(repository, folder);
    try {
      repository.create(true);
      try (Transport transport =
          Transport.open(
              repository,
              new URIish().setScheme("bundle").setPath(file.toAbsolutePath().toString()))) {
        transport.setCheckFetchedObjects(false);
        transport.fetch(NullProgressMonitor.INSTANCE, wanted(transport));
      }
      return source;
    } catch (TransportException | NotSupportedException e) {
      source.close();
      throw new MalformedException(file + ": not a git bundle: " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** Everything that the bundle offers; asking for a HEAD that it lacks would be an error. */
  private static List<RefSpec> wanted(Transport transport)
      throws NotSupportedException, TransportException {
    List<RefSpec> wanted = new ArrayList<>();
    wanted.add(new RefSpec("+refs/*:refs/bundle/*"));
    try (FetchConnection offered = transport.openFetch()) {
      if (offered.getRef(Constants.HEAD) != null) {
        wanted.add(new RefSpec("+HEAD:refs/bundle/HEAD"));
      }
    }
    return wanted;
  }

  @Override
  public void close() {
    repository.close();
    if (temporary != null) {
      temporary.close();
    }
  }
}
