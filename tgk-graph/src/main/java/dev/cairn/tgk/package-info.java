/** The trace graph kernel; start here. */
package dev.cairn.tgk;
