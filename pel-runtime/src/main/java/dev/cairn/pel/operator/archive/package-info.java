/**
 * Archives read strictly, by readers of our own: what two programs could read differently is
 * refused. Start at {@link dev.cairn.pel.operator.archive.ArchiveReader}.
 */
@NullMarked
package dev.cairn.pel.operator.archive;

import org.jspecify.annotations.NullMarked;
