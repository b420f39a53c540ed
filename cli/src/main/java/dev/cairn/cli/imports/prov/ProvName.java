package dev.cairn.cli.imports.prov;

import dev.cairn.asl.model.TypeTag;

/** Names that PROV documents of ours and of others are made of. */
public final class ProvName {
  /** Type of the artifact with what documents say of a relation. */
  public static final TypeTag RELATION = new TypeTag("prov/relation");

  /** The namespace of PROV. */
  public static final String PROV = "http://www.w3.org/ns/prov#";

  /** The namespace of XML Schema's types. */
  public static final String XSD = "http://www.w3.org/2001/XMLSchema#";

  /** The namespace of artifacts under the default hash function, hex digits following. */
  public static final String ARTIFACT = "urn:cairn:asl1-";

  /** The namespace of what we say of artifacts and edges. */
  public static final String CAIRN = "urn:cairn:prov:";

  /** Type of a qualified name as a literal. */
  public static final String QUALIFIED_NAME = PROV + "QUALIFIED_NAME";

  /** Attribute: the type of the edge that a relation or activity stands for. */
  public static final String EDGE_TYPE = CAIRN + "edgeType";

  /** Attribute: the key of that edge's payload. */
  public static final String EDGE_PAYLOAD = CAIRN + "edgePayload";

  /** Attribute: the role of a cause or effect. */
  public static final String EDGE_ROLE = CAIRN + "role";

  private ProvName() {}

  /**
   * The tag of the artifact that describes an {@code entity}, {@code activity} or {@code agent}.
   */
  public static TypeTag description(String kind) {
    return new TypeTag("prov/" + kind);
  }
}
