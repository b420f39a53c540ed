/** C2SP signed notes and checkpoints: how an origin vouches for its log. */
@NullMarked
package dev.cairn.asl.note;

import org.jspecify.annotations.NullMarked;
