/**
 * The federation protocol without I/O: its messages, and the state machines that every transport
 * and the simulator drive.
 */
@NullMarked
package dev.cairn.federation.protocol;

import org.jspecify.annotations.NullMarked;
