/**
 * Whom a node talks to and what came of it: {@code PeerBook} keeps names, addresses, pins and
 * trust, {@code FederationLog} what each peer brought and holds, {@code PeerSync} dials and
 * answers.
 */
@NullMarked
package dev.cairn.federation.peers;

import org.jspecify.annotations.NullMarked;
