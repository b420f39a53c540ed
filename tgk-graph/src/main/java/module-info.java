import org.jspecify.annotations.NullMarked;

/** The trace graph kernel: edges, their indexes, plan operators and lineage. */
@NullMarked
module dev.cairn.tgk {
  exports dev.cairn.tgk;
  exports dev.cairn.tgk.finding;
  exports dev.cairn.tgk.index;
  exports dev.cairn.tgk.model;
  exports dev.cairn.tgk.plan;
  exports dev.cairn.tgk.plan.run;
  exports dev.cairn.tgk.render;

  requires static transitive org.jspecify;
  requires transitive dev.cairn.asl;
  requires org.slf4j;
}
