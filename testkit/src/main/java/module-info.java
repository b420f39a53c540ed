import org.jspecify.annotations.NullMarked;

/**
 * The test kit: the naive reference store, conformance suites, deterministic simulation, fault
 * injection and generators. The suites are abstract here and applied in this module's own tests.
 */
@NullMarked
module dev.cairn.testkit {
  requires static transitive org.jspecify;
  requires transitive dev.cairn.asl;
  requires transitive dev.cairn.federation;
  requires transitive dev.cairn.pel;
  requires transitive dev.cairn.tgk;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
}
