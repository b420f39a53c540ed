package dev.cairn.cli.launch;

import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.command.Manual;
import dev.cairn.cli.console.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;

/** Writes the {@link Manual} when a distribution is packed. */
public final class ManualPages {
  private ManualPages() {}

  /**
   * Writes it.
   *
   * @param args the folder, as {@code share} below a prefix
   */
  public static void main(String[] args) throws IOException {
    Manual.writeInto(
        Path.of(args[0]),
        new Environment(
            InputStream.nullInputStream(),
            System.out,
            System.err,
            Map.of(),
            Path.of("").toAbsolutePath(),
            false,
            false,
            WallClock.system(),
            Ticker.system()));
  }
}
