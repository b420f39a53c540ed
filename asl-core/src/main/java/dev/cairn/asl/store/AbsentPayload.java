package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;

/**
 * A payload that did not come with its record and has not come since: neither erased nor damaged.
 *
 * @param digest which
 * @param length of it, as the record states
 * @param key of a live artifact that has it, the least if there are several
 */
public record AbsentPayload(PayloadDigest digest, long length, ArtifactKey key) {}
