import org.jspecify.annotations.NullMarked;

/** Benchmarks, each with its raw floor beside it. */
@NullMarked
module dev.cairn.bench {
  requires static transitive org.jspecify;
  requires dev.cairn.asl;
  requires dev.cairn.cli;
  requires dev.cairn.federation;
  requires dev.cairn.pel;
  requires dev.cairn.proto;
  requires dev.cairn.testkit;
  requires dev.cairn.tgk;
  requires io.grpc;
  requires io.grpc.netty.shaded;
  requires java.management;
  requires java.sql;
  requires jdk.management;
  requires jmh.core;
  requires HdrHistogram;
  requires kuzu;
  requires org.xerial.sqlitejdbc;
  requires rocksdbjni;
}
