/** The wire: messages and stubs generated from {@code federation.proto} and {@code api.proto}. */
module dev.cairn.proto {
  requires transitive com.google.common;
  requires transitive com.google.protobuf;
  requires transitive io.grpc;
  requires transitive io.grpc.stub;
  requires transitive io.grpc.protobuf;

  exports dev.cairn.proto.api.v1;
  exports dev.cairn.proto.federation.v1;
}
