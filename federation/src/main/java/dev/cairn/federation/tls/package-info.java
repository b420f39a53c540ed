/**
 * Node certificates: short-lived self-signed TLS certificates that a node's Ed25519 key vouches
 * for, and the trust manager that accepts nothing else.
 */
@NullMarked
package dev.cairn.federation.tls;

import org.jspecify.annotations.NullMarked;
