import org.jspecify.annotations.NullMarked;

/** The {@code cairn} command. */
@NullMarked
module dev.cairn.cli {
  requires static transitive org.jspecify;
  requires com.fasterxml.jackson.core;
  requires transitive dev.cairn.asl;
  requires dev.cairn.federation;
  requires dev.cairn.pel;
  requires dev.cairn.tgk;
  requires java.logging;
  requires java.management;
  requires java.xml;
  requires jdk.management;
  requires org.eclipse.jgit;
  requires org.slf4j;
  requires me.tongfei.progressbar;

  exports dev.cairn.cli;
  exports dev.cairn.cli.console;
}
