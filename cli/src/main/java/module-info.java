import org.jspecify.annotations.NullMarked;

/** The {@code cairn} command. */
@NullMarked
module dev.cairn.cli {
  requires static transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires dev.cairn.asl;
  requires dev.cairn.federation;
  requires dev.cairn.pel;
  requires dev.cairn.proto;
  requires dev.cairn.tgk;
  requires info.picocli;
  requires org.eclipse.jgit;
  requires org.slf4j;
  requires me.tongfei.progressbar;

  exports dev.cairn.cli;
}
