package dev.cairn.pel.run;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.OperatorId;
import java.util.List;

/**
 * What an operator that a node applied gave.
 *
 * @param operator what ran
 * @param parameters with which parameters
 * @param inputs what it was given
 * @param output what came out
 * @param borrowed whether something that it applied in turn was not run but taken from others
 */
record ItemRun(
    OperatorId operator,
    CborValue.Dict parameters,
    List<ArtifactKey> inputs,
    ArtifactKey output,
    boolean borrowed) {
  /** What one takes of memory until the run is committed, in bytes: 63 measured. */
  static final int NOTED_BYTES = 64;

  /** What finding it by its step takes besides, until its node ends, in bytes: 115 measured. */
  static final int FOUND_BYTES = 116;
}
