/** The wire format between nodes: messages and stubs generated from {@code federation.proto}. */
module dev.cairn.proto {
  requires transitive com.google.protobuf;
  requires transitive io.grpc;
  requires transitive io.grpc.stub;
  requires transitive io.grpc.protobuf;

  exports dev.cairn.proto.federation.v1;
}
