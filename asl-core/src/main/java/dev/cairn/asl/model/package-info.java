/** Identities and facts: artifact keys, type tags, origins, log records and their total order. */
@NullMarked
package dev.cairn.asl.model;

import org.jspecify.annotations.NullMarked;
