package dev.cairn.tgk.finding;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;

/**
 * A live part of a finding that no read shows, as what it belongs to is not live here.
 *
 * @param part key of the part
 * @param type of the part
 * @param missing what is not live: a finding's id, an occurrence's key, or the edge to it
 */
public record DanglingPart(ArtifactKey part, TypeTag type, String missing) {}
