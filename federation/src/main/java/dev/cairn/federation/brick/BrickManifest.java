package dev.cairn.federation.brick;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;

/**
 * What bricks a spatial payload consists of: the payload of an artifact of type {@link #TYPE}
 * (docs/format/bricks.md).
 *
 * <pre>
 *   [1, [[min x, min y, min z, max x, max y, max z, key: bytes 34], ...]]     rising, none twice
 * </pre>
 *
 * @param bricks in order of their boxes, then of their keys; at most {@link #BRICKS_MAX}
 */
public record BrickManifest(List<Brick> bricks) {
  /** The type of manifests. */
  public static final TypeTag TYPE = new TypeTag("spatial/bricks");

  /** Most bricks of one manifest; larger scenes have several. */
  public static final int BRICKS_MAX = 1 << 18;

  /** No manifest is longer. */
  public static final int BYTES_MAX = 32 << 20;

  private static final int VERSION = 1;
  private static final int FIELDS = 2;
  private static final int BRICK_FIELDS = 7;

  public BrickManifest {
    bricks = List.copyOf(bricks);
    if (bricks.size() > BRICKS_MAX) {
      throw new MalformedException("brick manifest: " + bricks.size() + " bricks");
    }
    for (int i = 1; i < bricks.size(); i++) {
      if (bricks.get(i - 1).compareTo(bricks.get(i)) >= 0) {
        throw new MalformedException("brick manifest: brick " + i + " is out of order");
      }
    }
  }

  /** A manifest of bricks in any order; what is there twice is there once. */
  public static BrickManifest of(List<Brick> bricks) {
    return new BrickManifest(bricks.stream().sorted().distinct().toList());
  }

  /** The one encoding. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).array(bricks.size());
    for (Brick brick : bricks) {
      Box box = brick.box();
      out.array(BRICK_FIELDS)
          .integer(box.minX())
          .integer(box.minY())
          .integer(box.minZ())
          .integer(box.maxX())
          .integer(box.maxY())
          .integer(box.maxZ())
          .bytes(brick.key().bytes());
    }
    return out.toBytes();
  }

  /**
   * Reads a manifest.
   *
   * @throws MalformedException if these are not exactly the bytes that {@link #encode} writes
   */
  public static BrickManifest decode(Bytes encoded) {
    if (encoded.length() > BYTES_MAX) {
      throw new MalformedException("brick manifest: " + encoded.length() + " bytes");
    }
    CborReader in = new CborReader("brick manifest", encoded);
    in.structure(VERSION, FIELDS);
    int count = in.array();
    if (count > BRICKS_MAX) {
      throw in.malformed(count + " bricks");
    }
    List<Brick> bricks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      in.array(BRICK_FIELDS);
      Box box =
          new Box(
              in.integer(), in.integer(), in.integer(), in.integer(), in.integer(), in.integer());
      bricks.add(new Brick(box, ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES))));
    }
    in.end();
    return new BrickManifest(bricks);
  }

  /** The bricks that meet a view, in the manifest's order. */
  public List<Brick> meeting(Frustum frustum) {
    return bricks.stream().filter(brick -> frustum.mayMeet(brick.box())).toList();
  }
}
