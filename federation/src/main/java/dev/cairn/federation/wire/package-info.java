/** How messages become bytes: {@code FrameCodec}, for the network and for bundle files alike. */
@NullMarked
package dev.cairn.federation.wire;

import org.jspecify.annotations.NullMarked;
