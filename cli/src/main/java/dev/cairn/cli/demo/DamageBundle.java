package dev.cairn.cli.demo;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.bundle.Bundles;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** One byte of the bundle is flipped: verification must say where, and nothing may be taken in. */
final class DamageBundle implements Step {
  private static final String FILE = "damaged.bundle";
  private static final int PREAMBLE_BYTES = 10;
  private static final int FRAME_HEAD_BYTES = 8;
  private static final int FLIPPED_BITS = 0x01;
  private static final String NOTHING = "nothing is wrong";

  @Override
  public String name() {
    return "damage";
  }

  @Override
  public String title() {
    return "One byte of the bundle flipped";
  }

  @Override
  public void run(Tour tour, Chapter chapter) throws IOException {
    Path bundle = tour.file(ReplayBundle.FILE);
    Path damaged = tour.file(FILE);
    Files.copy(bundle, damaged, StandardCopyOption.REPLACE_EXISTING);
    long at = Files.size(damaged) / 2;
    flip(damaged, at);
    String message = complaint(() -> Bundles.verify(damaged));
    chapter.say("byte " + at + " of " + Files.size(damaged) + " flipped; verification says:");
    chapter.say(message);
    String place = place(bundle, at);
    chapter.claim(
        "verification names the frame that holds the byte",
        place,
        message.contains(place) ? place : message);
    chapter.claim(
        "the bundle itself still verifies", NOTHING, complaint(() -> Bundles.verify(bundle)));
    Store empty = tour.create("E").store();
    String refusal = complaint(() -> Bundles.apply(empty, damaged, stretch -> {}));
    chapter.claim("applying the damaged copy fails in the same way", message, refusal);
    chapter.claim("and leaves the store empty", 0, empty.heads().size());
    chapter.facts().add("flippedByte", at).add("message", message);
  }

  private static String complaint(Runnable check) {
    try {
      check.run();
      return NOTHING;
    } catch (CairnException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ FLIPPED_BITS));
      one.rewind();
      channel.write(one, at);
    }
  }

  /** Where a byte lies, by the lengths of the undamaged file's frames. */
  private static String place(Path bundle, long at) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(bundle))) {
      in.skipNBytes(PREAMBLE_BYTES);
      long start = PREAMBLE_BYTES;
      for (long frame = 1; ; frame++) {
        int length = in.readInt();
        long end = start + FRAME_HEAD_BYTES + length;
        if (at < end) {
          return "frame " + frame + " at byte " + start;
        }
        in.skipNBytes(end - start - Integer.BYTES);
        start = end;
      }
    }
  }
}
