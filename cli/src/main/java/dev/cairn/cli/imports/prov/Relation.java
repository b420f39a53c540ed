package dev.cairn.cli.imports.prov;

import java.util.List;

/**
 * The relations of PROV-JSON (section 3): which attribute names the effect, and which the causes.
 *
 * <p>The first cause is the relation's own, and plays the part that {@code prov:role} says, if it
 * does; each other one plays the part of its attribute's name.
 */
public enum Relation {
  /** An activity made an entity. */
  WAS_GENERATED_BY("wasGeneratedBy", "prov:entity", "prov:activity?"),
  /** An activity used an entity. */
  USED("used", "prov:activity", "prov:entity?"),
  /** An activity learnt from another. */
  WAS_INFORMED_BY("wasInformedBy", "prov:informed", "prov:informant"),
  /** An entity set off an activity. */
  WAS_STARTED_BY("wasStartedBy", "prov:activity", "prov:trigger?", "prov:starter?"),
  /** An entity ended an activity. */
  WAS_ENDED_BY("wasEndedBy", "prov:activity", "prov:trigger?", "prov:ender?"),
  /** An activity made an end of an entity. */
  WAS_INVALIDATED_BY("wasInvalidatedBy", "prov:entity", "prov:activity?"),
  /** An entity came from another. */
  WAS_DERIVED_FROM("wasDerivedFrom", "prov:generatedEntity", "prov:usedEntity", "prov:activity?"),
  /** An agent answers for an entity. */
  WAS_ATTRIBUTED_TO("wasAttributedTo", "prov:entity", "prov:agent"),
  /** An agent answers for an activity. */
  WAS_ASSOCIATED_WITH("wasAssociatedWith", "prov:activity", "prov:agent?", "prov:plan?"),
  /** An agent answers for another. */
  ACTED_ON_BEHALF_OF("actedOnBehalfOf", "prov:delegate", "prov:responsible", "prov:activity?"),
  /** Something shaped something. */
  WAS_INFLUENCED_BY("wasInfluencedBy", "prov:influencee", "prov:influencer"),
  /** An entity is a more special view of another. */
  SPECIALIZATION_OF("specializationOf", "prov:specificEntity", "prov:generalEntity"),
  /** Two entities are views of one thing. */
  ALTERNATE_OF("alternateOf", "prov:alternate1", "prov:alternate2"),
  /** A collection has members. */
  HAD_MEMBER("hadMember", "prov:collection", "prov:entity"),
  /** An entity is another as a bundle describes it (PROV-Links). */
  MENTION_OF("mentionOf", "prov:specificEntity", "prov:generalEntity", "prov:bundle?");

  private final String text;
  private final String effect;

  /** Attribute names, those that may be missing with a question mark behind. */
  private final String causes;

  Relation(String text, String effect, String... causes) {
    this.text = text;
    this.effect = effect;
    this.causes = String.join(" ", causes);
  }

  /** Its name in documents. */
  public String text() {
    return text;
  }

  /** The attribute that names the effect. */
  public String effect() {
    return effect;
  }

  /** The attributes that name causes, the relation's own first. */
  public List<String> causes() {
    return List.of(causes.replace("?", "").split(" ", -1));
  }

  boolean needs(int cause) {
    return !causes.split(" ", -1)[cause].endsWith("?");
  }

  /** True if both ends are alike: then each is cause and effect. */
  public boolean isMutual() {
    return this == ALTERNATE_OF;
  }
}
