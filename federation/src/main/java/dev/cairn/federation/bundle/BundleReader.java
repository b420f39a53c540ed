package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.wire.FrameCodec;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads a bundle message by message, one frame in memory at a time.
 *
 * <p>Each frame's checksum is checked before its message is given out; digest and signature of the
 * whole only at the end, so nothing should be done with the messages before {@link #next} has said
 * null once: see {@link Bundles#verify}. Errors: {@link DamagedException} where bytes do not
 * verify, {@link MalformedException} where intact bytes are no bundle, {@link
 * UnsupportedVersionException} where they are of a later version, each with frame, byte and the
 * last record before. One owner at a time; must be closed.
 */
public final class BundleReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final InputStream in;
  private final FrameReader frames;
  private final BundleHeader header;
  private String lastRecord = "";
  private boolean ended;
  private boolean complete;

  private BundleReader(InputStream in, FrameReader frames, BundleHeader header) {
    this.in = in;
    this.frames = frames;
    this.header = header;
  }

  /** Opens a file and reads its header. */
  public static BundleReader open(Path file) {
    InputStream in = null;
    try {
      in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
      FrameReader frames = new FrameReader(file.toString(), in, BundleFormat.VERSION);
      Bytes body = frames.next();
      try {
        return new BundleReader(in, frames, BundleHeader.decode(body));
      } catch (MalformedException e) {
        throw new MalformedException(frames.place() + ": " + e.getMessage(), e);
      } catch (UnsupportedVersionException e) {
        throw new UnsupportedVersionException(frames.place() + ": " + e.getMessage(), e);
      }
    } catch (NoSuchFileException e) {
      throw new NotFoundException("no file " + file, e);
    } catch (IOException e) {
      closeAfter(in, e);
      throw new UnavailableException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (CairnException e) {
      closeAfter(in, e);
      throw e;
    }
  }

  private static void closeAfter(@Nullable InputStream in, Exception failure) {
    if (in != null) {
      try {
        in.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** The first frame. */
  public BundleHeader header() {
    return header;
  }

  /** The next message; null once all were given out and the trailer was verified. */
  public @Nullable PeerMessage next() {
    if (complete) {
      return null;
    }
    try {
      Bytes before = frames.sha256();
      Bytes body = frames.next();
      if (ended) {
        BundleTrailer.of(header, before).verify(body, header.creator());
        frames.end();
        complete = true;
        return null;
      }
      PeerMessage message =
          FrameCodec.decode(body)
              .orElseThrow(() -> new MalformedException("a message of an unknown kind"));
      remember(message);
      return message;
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + place() + ": " + e.getMessage(), e);
    } catch (DamagedException e) {
      throw new DamagedException(e.getMessage() + lastRecord, e);
    } catch (MalformedException e) {
      throw new MalformedException(place() + ": " + e.getMessage(), e);
    } catch (UnsupportedVersionException e) {
      throw new UnsupportedVersionException(place() + ": " + e.getMessage(), e);
    }
  }

  /** How many bytes of the file were read so far. */
  long bytesRead() {
    return frames.offset();
  }

  /** Where reading is, for messages: frame, byte, and the last record read. */
  public String place() {
    return frames.place() + lastRecord;
  }

  private void remember(PeerMessage message) {
    if (message instanceof Records records) {
      Run run = records.runs().get(records.runs().size() - 1);
      long index = run.firstIndex() + run.items().size() - 1;
      lastRecord = ", up to record " + index + " of " + run.origin();
    } else if (message instanceof DeltaEnd) {
      ended = true;
    }
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new UnavailableException("cannot close " + frames.place(), e);
    }
  }
}
