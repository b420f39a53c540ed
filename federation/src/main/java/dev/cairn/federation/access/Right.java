package dev.cairn.federation.access;

/** What a node may be granted here. */
public enum Right {
  /** To be told what this node holds: payloads, records, lineage. */
  READ,
  /** To bring records of any log, and to put artifacts and edges through the API. */
  WRITE,
  /** To have programs run here, which costs this node work and lets it attest the outcome. */
  ADMIN
}
