package dev.cairn.testkit.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What Jazzer's command line runs for {@code testkit/fuzz}: the decoder that the first argument
 * names. Its main method lists the decoders, or writes the seeds of one into a folder.
 */
public final class FuzzTarget {
  private static final AtomicReference<@Nullable Consumer<byte[]>> DECODER =
      new AtomicReference<>();

  private FuzzTarget() {}

  /** Called by Jazzer with {@code --target_args}. */
  public static void fuzzerInitialize(String[] arguments) {
    DECODER.set(Decoders.named(arguments[0]));
  }

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Consumer<byte[]> chosen = DECODER.get();
    if (chosen == null) {
      throw new IllegalStateException("no decoder was named");
    }
    chosen.accept(input);
  }

  /** {@code FuzzTarget} lists decoders, {@code FuzzTarget DECODER FOLDER} writes seeds. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 0) {
      Decoders.names().forEach(System.out::println);
      return;
    }
    List<byte[]> seeds = Seeds.forDecoder(arguments[0]);
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(folder.resolve("seed-" + i), seeds.get(i));
    }
  }
}
