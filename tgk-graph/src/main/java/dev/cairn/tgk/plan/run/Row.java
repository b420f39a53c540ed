package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Value;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A row between operators. One owner at a time. */
sealed interface Row permits ItemRow, ValueRow {
  /** What a field holds. */
  @Nullable Value value(Field field);

  /** The same row with these fields only. */
  Row only(Collection<Field> fields);

  /** The artifact that the row stands for. */
  ArtifactKey key();
}
