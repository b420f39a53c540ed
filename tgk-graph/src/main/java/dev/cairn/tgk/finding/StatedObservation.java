package dev.cairn.tgk.finding;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;

/**
 * An observation as a view shows it, or showed it once.
 *
 * @param key of the observation's artifact: what it is called
 * @param observer whose it is
 * @param sighting its state
 * @param logseq of the put that made this its state
 * @param origin of that put
 */
public record StatedObservation(
    ArtifactKey key, NodeId observer, Sighting sighting, long logseq, Origin origin) {}
