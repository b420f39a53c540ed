package dev.cairn.federation.bundle;

import dev.cairn.federation.TestNode;
import dev.cairn.federation.transport.TransportContract;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

/** A file, carried by hand. */
class BundleTransportTest extends TransportContract {
  @TempDir private Path folder;
  private int files;

  @Override
  protected void exchange(TestNode from, TestNode to) {
    Path file = folder.resolve("bundle" + files++);
    Bundles.write(from.store(), file, Optional.empty(), Optional.empty());
    Bundles.apply(to.store(), file, stretch -> {});
  }
}
