/**
 * What the embedded engine survives: crash images, damaged files, failing disks, killed processes.
 * Each campaign has a short form that runs with every build and a long one, see docs/testing.md.
 */
@NullMarked
package dev.cairn.testkit.crash;

import org.jspecify.annotations.NullMarked;
