package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.Origin;

/**
 * Where an origin's log ends in this store.
 *
 * @param origin whose log
 * @param key the origin's public key
 * @param treeSize records held
 * @param lastLogseq of the last commit held; 0 if none
 * @param lastHlc of the last commit held; 0 if none
 * @param root Merkle root of the records held
 */
public record LogHead(
    Origin origin, PublicKey key, long treeSize, long lastLogseq, long lastHlc, Bytes root) {}
