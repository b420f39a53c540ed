package dev.cairn.federation.brick;

import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is seen: the points on the inner side of every plane. A view has six; any convex space of at
 * most {@link #PLANES_MAX} can be asked for.
 *
 * @param planes whose normals point inwards
 */
public record Frustum(List<Plane> planes) {
  /** Most planes. */
  public static final int PLANES_MAX = 32;

  public Frustum {
    planes = List.copyOf(planes);
    if (planes.isEmpty() || planes.size() > PLANES_MAX) {
      throw new MalformedException("frustum: " + planes.size() + " planes");
    }
  }

  /** Reads planes, as {@link Plane#parse} does, with semicolons between them. */
  public static Frustum parse(String text) {
    List<Plane> planes = new ArrayList<>();
    for (String part : text.split(";", PLANES_MAX + 1)) {
      planes.add(Plane.parse(part));
    }
    return new Frustum(planes);
  }

  /**
   * False only if the whole box lies beyond one of the planes. So a box that has a point in the
   * frustum is never left out; one near an edge may be let in that has none.
   */
  public boolean mayMeet(Box box) {
    for (Plane plane : planes) {
      if (!plane.reaches(box)) {
        return false;
      }
    }
    return true;
  }
}
