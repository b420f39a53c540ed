package dev.cairn.cli.imports.spdx;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The relationship types of SPDX 2.3 (section 11.1), and which end of each is the cause: a part of
 * what it is part of, a dependency of what depends on it, a source of what is made from it, a
 * description of what it describes.
 */
enum RelationshipTwo {
  /** {@code spdxElementId} is the cause. */
  ELEMENT_CAUSES(
      "AMENDS ANCESTOR_OF BUILD_DEPENDENCY_OF BUILD_TOOL_OF CONTAINED_BY DATA_FILE_OF"
          + " DEPENDENCY_MANIFEST_OF DEPENDENCY_OF DESCRIBES DEV_DEPENDENCY_OF DEV_TOOL_OF"
          + " DISTRIBUTION_ARTIFACT DOCUMENTATION_OF EVIDENCE_FOR EXAMPLE_OF FILE_ADDED"
          + " FILE_DELETED GENERATES METAFILE_OF OPTIONAL_COMPONENT_OF OPTIONAL_DEPENDENCY_OF"
          + " PACKAGE_OF PATCH_APPLIED PATCH_FOR PREREQUISITE_FOR PROVIDED_DEPENDENCY_OF"
          + " REQUIREMENT_DESCRIPTION_FOR RUNTIME_DEPENDENCY_OF SPECIFICATION_FOR TEST_CASE_OF"
          + " TEST_DEPENDENCY_OF TEST_OF TEST_TOOL_OF"),
  /** {@code relatedSpdxElement} is the cause. */
  RELATED_CAUSES(
      "CONTAINS COPY_OF DEPENDS_ON DESCENDANT_OF DESCRIBED_BY DYNAMIC_LINK"
          + " EXPANDED_FROM_ARCHIVE FILE_MODIFIED GENERATED_FROM HAS_PREREQUISITE OTHER"
          + " STATIC_LINK VARIANT_OF");

  private static final Map<String, RelationshipTwo> BY_TYPE = byType();

  private final String types;

  RelationshipTwo(String types) {
    this.types = types;
  }

  private static Map<String, RelationshipTwo> byType() {
    Map<String, RelationshipTwo> all = new TreeMap<>();
    for (RelationshipTwo direction : values()) {
      for (String type : direction.types.split(" ", -1)) {
        all.put(type, direction);
      }
    }
    return all;
  }

  /** Which end of a relationship of this type is the cause; null if there is no such type. */
  static @Nullable RelationshipTwo of(String type) {
    return BY_TYPE.get(type);
  }
}
