package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Receipt;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * The edge that a receipt has in the provenance graph; it follows from the receipt alone.
 *
 * <pre>
 *   type  pel:run
 *   from  the program, role "program"; each input, role "input NAME"
 *   to    the receipt, role "receipt"; each output, role "output NAME"
 * </pre>
 *
 * <p>The receipt is an effect and not the edge's payload: so lineage reaches it from both sides, a
 * failed run has an effect too, and two receipts that differ never compete for one slot.
 */
public final class RunEdge {
  /** The type. */
  public static final EdgeType TYPE = new EdgeType("pel:run");

  private RunEdge() {}

  /** The edge of a receipt. */
  public static Edge of(ArtifactKey key, Receipt receipt) {
    List<Endpoint> from = new ArrayList<>();
    from.add(new Endpoint(receipt.program(), "program"));
    receipt.inputs().forEach((name, input) -> from.add(new Endpoint(input, "input " + name)));
    List<Endpoint> to = new ArrayList<>();
    to.add(new Endpoint(key, "receipt"));
    receipt.outputs().forEach((name, output) -> to.add(new Endpoint(output, "output " + name)));
    return new Edge(TYPE, from, to, null);
  }
}
