/**
 * The gRPC transport: {@code GrpcPeerServer} listens, {@code GrpcPeerClient} connects, and each
 * gives a {@code PeerLink}. TLS 1.3 with node certificates, or plain text where no network can
 * listen in.
 */
@NullMarked
package dev.cairn.federation.grpc;

import org.jspecify.annotations.NullMarked;
