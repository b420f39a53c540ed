package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.bundle.Excerpt.Held;
import dev.cairn.federation.bundle.Excerpt.Log;
import dev.cairn.federation.bundle.Excerpt.Side;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads excerpts: bundles of version 2.
 *
 * <pre>
 *   "CAIRNBDL" | u16be 2
 *   frame: [1, federation, kind, subject, [name of source, ...]]
 *   frame: [0, source, node: bytes 32, epoch, key: bytes 32, size, root: bytes 32, note: bytes / null]
 *   frame: [1, record: bytes, [hash: bytes 32, ...], payload: bytes / null]      of the log before
 *   frame: SHA-256 of all bytes before
 * </pre>
 *
 * <p>Who made it is not signed: all that counts is proven by what is in it. Safe for any thread.
 */
public final class Excerpts {
  static final int VERSION = 2;
  private static final int HEADER = 1;
  private static final int LOG = 0;
  private static final int RECORD = 1;
  private static final int HASH_BYTES = 32;

  private Excerpts() {}

  /** True if a file begins as an excerpt does. */
  public static boolean isExcerpt(Bytes beginning) {
    return beginning.length() >= BundleFormat.PREAMBLE_BYTES
        && beginning.startsWith(BundleFormat.MAGIC)
        && (beginning.at(8) << 8 | beginning.at(9)) == VERSION;
  }

  /**
   * The bytes of the file.
   *
   * @throws RefusedException if it is longer than an excerpt may be
   */
  public static Bytes encode(Excerpt excerpt) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      FrameWriter frames = new FrameWriter(out, VERSION);
      CborWriter header = new CborWriter().array(5).uint(HEADER).text(excerpt.federation());
      header.text(excerpt.kind()).text(excerpt.subject()).array(excerpt.sides().size());
      excerpt.sides().forEach(side -> header.text(side.name()));
      frames.frame(header.toBytes());
      for (int i = 0; i < excerpt.sides().size(); i++) {
        for (Log log : excerpt.sides().get(i).logs()) {
          frames.frame(log(i, log));
          for (Held held : log.records()) {
            frames.frame(record(held));
          }
        }
      }
      frames.frame(frames.sha256());
    } catch (IOException e) {
      throw new AssertionError("memory does not fail", e);
    }
    if (out.size() > Excerpt.BYTES_MAX) {
      throw new RefusedException(
          "an excerpt of " + out.size() + " bytes is longer than " + Excerpt.BYTES_MAX);
    }
    return Bytes.wrap(out.toByteArray());
  }

  private static Bytes log(int side, Log log) {
    CborWriter out = new CborWriter().array(8).uint(LOG).uint(side);
    out.bytes(log.origin().node().digest()).uint(log.origin().epoch());
    out.bytes(log.key().encoded()).uint(log.size()).bytes(log.root());
    return orNull(out, log.note()).toBytes();
  }

  private static Bytes record(Held held) {
    CborWriter out = new CborWriter().array(4).uint(RECORD).bytes(held.record());
    out.array(held.proof().size());
    held.proof().forEach(out::bytes);
    Bytes payload = held.payload();
    if (payload != null && payload.length() > BundleFormat.BODY_BYTES_MAX / 2) {
      throw new RefusedException(
          "a payload of " + payload.length() + " bytes is too long for an excerpt");
    }
    return orNull(out, payload).toBytes();
  }

  private static CborWriter orNull(CborWriter out, @Nullable Bytes bytes) {
    return bytes == null ? out.nul() : out.bytes(bytes);
  }

  /**
   * Reads a file.
   *
   * @throws DamagedException if its bytes do not verify
   * @throws MalformedException if intact bytes are no excerpt
   * @throws UnsupportedVersionException if it is of a later version
   */
  public static Excerpt read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return decode(file.toString(), Bytes.wrap(in.readNBytes(Excerpt.BYTES_MAX + 1)));
    } catch (NoSuchFileException e) {
      throw new NotFoundException("no file " + file, e);
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a file's bytes.
   *
   * @param name what messages call it
   * @throws DamagedException if they do not verify
   * @throws MalformedException if intact bytes are no excerpt
   * @throws UnsupportedVersionException if it is of a later version
   */
  public static Excerpt decode(String name, Bytes encoded) {
    if (encoded.length() > Excerpt.BYTES_MAX) {
      throw new MalformedException(
          name + ": an excerpt is no longer than " + Excerpt.BYTES_MAX + " bytes");
    }
    try {
      FrameReader frames =
          new FrameReader(name, new ByteArrayInputStream(encoded.toArray()), VERSION);
      Excerpt excerpt = decode(frames, encoded.length());
      if (!encode(excerpt).equals(encoded)) {
        throw new MalformedException(name + ": not as an excerpt is written");
      }
      return excerpt;
    } catch (IOException e) {
      throw new AssertionError("memory does not fail", e);
    }
  }

  private static Excerpt decode(FrameReader frames, long length) throws IOException {
    Bytes body = frames.next();
    try {
      Reading reading = new Reading(body);
      while (true) {
        Bytes before = frames.sha256();
        body = frames.next();
        if (frames.offset() == length) {
          if (!body.equals(before)) {
            throw frames.damaged("the digest does not fit");
          }
          return reading.excerpt();
        }
        reading.take(body);
      }
    } catch (MalformedException e) {
      throw new MalformedException(frames.place() + ": " + e.getMessage(), e);
    } catch (UnsupportedVersionException e) {
      throw new UnsupportedVersionException(frames.place() + ": " + e.getMessage(), e);
    }
  }

  /** An excerpt of which some frames were read. */
  private static final class Reading {
    private final String federation;
    private final String kind;
    private final String subject;
    private final List<String> names = new ArrayList<>();
    private final List<List<Log>> logs = new ArrayList<>();
    private List<Held> records = new ArrayList<>();
    private @Nullable Opened log;
    private int side;
    private int count;

    /** A log of which the records follow. */
    private record Opened(
        Origin origin, PublicKey key, long size, Bytes root, @Nullable Bytes note) {
      Log with(List<Held> records) {
        return new Log(origin, key, size, root, note, records);
      }
    }

    Reading(Bytes header) {
      CborReader in = new CborReader("excerpt header", header);
      in.structure(HEADER, 5);
      federation = in.text();
      Federation.checkName(federation);
      kind = in.text();
      subject = in.text();
      int sides = in.array();
      if (sides < 1 || sides > Excerpt.SIDES_MAX) {
        throw in.malformed(sides + " sources");
      }
      for (int i = 0; i < sides; i++) {
        String sourceName = in.text();
        if (sourceName.isEmpty() || names.contains(sourceName)) {
          throw in.malformed(
              sourceName.isEmpty()
                  ? "a source without a name"
                  : "both sources are called " + sourceName);
        }
        names.add(sourceName);
        logs.add(new ArrayList<>());
      }
      in.end();
    }

    void take(Bytes body) {
      CborReader in = new CborReader("excerpt", body);
      int fields = in.array();
      if (in.uint(RECORD) == RECORD) {
        if (fields != 4 || log == null || ++count > Excerpt.RECORDS_MAX) {
          throw in.malformed("a record out of place");
        }
        Held next = record(in);
        if (!records.isEmpty()) {
          next.comesAfter(records.get(records.size() - 1));
        }
        records.add(next);
      } else {
        if (fields != 8) {
          throw in.malformed("a log of " + fields + " fields");
        }
        endLog();
        int next = in.uint(names.size() - 1);
        if (next < side) {
          throw in.malformed("sources out of order");
        }
        Opened opened = log(in);
        List<Log> before = logs.get(next);
        if (!before.isEmpty()
            && before.get(before.size() - 1).origin().compareTo(opened.origin()) >= 0) {
          throw in.malformed("log " + opened.origin() + " out of order or twice");
        }
        side = next;
        log = opened;
      }
      in.end();
    }

    private static Opened log(CborReader in) {
      NodeId node = new NodeId(in.bytes(NodeId.BYTES));
      Origin origin = new Origin(node, in.uint(Integer.MAX_VALUE));
      PublicKey key = PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
      if (!NodeId.of(key).equals(node)) {
        throw in.malformed("the key is not that of " + node);
      }
      long size = in.uint();
      return new Opened(origin, key, size, in.bytes(HASH_BYTES), in.nul() ? null : in.bytes());
    }

    private static Held record(CborReader in) {
      Bytes record = in.bytes();
      int hashes = in.array();
      if (hashes > MerkleProofs.PROOF_HASHES_MAX) {
        throw in.malformed("a proof of " + hashes + " hashes");
      }
      List<Bytes> proof = new ArrayList<>();
      for (int i = 0; i < hashes; i++) {
        proof.add(in.bytes(HASH_BYTES));
      }
      return new Held(record, proof, in.nul() ? null : in.bytes());
    }

    private void endLog() {
      Opened ended = log;
      if (ended != null) {
        logs.get(side).add(ended.with(records));
        records = new ArrayList<>();
      }
    }

    Excerpt excerpt() {
      endLog();
      List<Side> sides = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        sides.add(new Side(names.get(i), logs.get(i)));
      }
      return new Excerpt(federation, kind, subject, sides);
    }
  }
}
