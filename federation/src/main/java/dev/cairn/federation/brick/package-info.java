/**
 * Spatial payloads in bricks: a {@code BrickManifest} lists boxes and the artifact that fills each;
 * a {@code Frustum} says which of them meet a view, exactly; {@code Bricks} fetches only those.
 */
@NullMarked
package dev.cairn.federation.brick;

import org.jspecify.annotations.NullMarked;
