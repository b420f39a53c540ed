package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;

/**
 * Two records that state different payloads of one artifact. Either both payloads hash to its key,
 * and its hash function is broken; or one record is false, which shows in that nobody has its
 * payload.
 *
 * @param id the artifact
 * @param held what the latest record held here states
 * @param origin whose record came
 * @param came what that record states
 */
public record Collision(ArtifactKey id, PayloadDigest held, Origin origin, PayloadDigest came) {}
