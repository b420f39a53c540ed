import org.jspecify.annotations.NullMarked;

/** Federation: identity, replication sessions, transports, conflicts, bundles, replay and audit. */
@NullMarked
module dev.cairn.federation {
  exports dev.cairn.federation.access;
  exports dev.cairn.federation.api;
  exports dev.cairn.federation.audit;
  exports dev.cairn.federation.bootstrap;
  exports dev.cairn.federation.brick;
  exports dev.cairn.federation.bundle;
  exports dev.cairn.federation.cosign;
  exports dev.cairn.federation.fetch;
  exports dev.cairn.federation.filter;
  exports dev.cairn.federation.grpc;
  exports dev.cairn.federation.member;
  exports dev.cairn.federation.peers;
  exports dev.cairn.federation.proof;
  exports dev.cairn.federation.protocol;
  exports dev.cairn.federation.reconcile;
  exports dev.cairn.federation.shard;
  exports dev.cairn.federation.sync;
  exports dev.cairn.federation.tls;
  exports dev.cairn.federation.transport;
  exports dev.cairn.federation.wire;
  exports dev.cairn.federation.node;

  requires static transitive org.jspecify;
  requires transitive dev.cairn.asl;
  requires transitive dev.cairn.tgk;
  requires transitive dev.cairn.pel;
  requires com.google.protobuf;
  requires dev.cairn.proto;
  requires io.grpc;
  requires io.grpc.netty.shaded;
  requires io.grpc.protobuf;
  requires io.grpc.services;
  requires io.grpc.stub;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.util;
  requires org.slf4j;
  requires proto.google.common.protos;
}
