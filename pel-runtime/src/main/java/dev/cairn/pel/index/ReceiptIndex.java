package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The fold of receipt records into rows by which a run finds what it need not do again.
 *
 * <pre>
 *   pel.invocation   invocation digest 32 | receipt key 34              -&gt; u8 status
 *   pel.step         step key 32 | receipt key 34 | u32be step number   -&gt; output keys, 34 bytes each
 *   pel.by-program   program key 34 | receipt key 34                    -&gt; u8 status
 * </pre>
 *
 * <p>A step's number is its place among the steps of its receipt. Rows are only ever added, and
 * each follows from one receipt alone, so any order of arrival gives the same rows. Tombstones
 * leave no row here: whoever reads asks the {@link dev.cairn.asl.store.View} what is live. {@link
 * #apply} belongs to the sequencer; all else is safe for any thread.
 */
public final class ReceiptIndex implements Index {
  /** From an invocation to its receipts. */
  public static final Table INVOCATION = new Table("pel.invocation", Scope.DERIVED);

  /** From a step to what receipts say came out of it. */
  public static final Table STEP = new Table("pel.step", Scope.DERIVED);

  /** From a program to its receipts. */
  public static final Table BY_PROGRAM = new Table("pel.by-program", Scope.DERIVED);

  /** An index without state. */
  public ReceiptIndex() {}

  @Override
  public String name() {
    return "pel.receipts";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public List<Table> tables() {
    return List.of(INVOCATION, STEP, BY_PROGRAM);
  }

  @Override
  public Set<TypeTag> structuredTypes() {
    return Set.of(TypeTag.RECEIPT, TypeTag.PROGRAM);
  }

  /** Whether the operators of a program exist is not asked: that differs from node to node. */
  @Override
  public void check(TypeTag type, Bytes payload) {
    if (type.equals(TypeTag.RECEIPT)) {
      Receipt.decode(payload);
    } else if (type.equals(TypeTag.PROGRAM)) {
      Program.decode(payload);
    }
  }

  @Override
  public void apply(CommitView commit, RowWriter rows) {
    for (CommitView.Entry entry : commit.entries()) {
      Bytes payload = entry.payload();
      if (entry.record().kind() == RecordKind.PER && payload != null) {
        write(rows, entry.record().id(), Receipt.decode(payload));
      }
    }
  }

  private static void write(RowWriter rows, ArtifactKey key, Receipt receipt) {
    Bytes id = key.bytes();
    Bytes status = status(receipt.status());
    rows.put(INVOCATION, receipt.invocation().digest().plus(id), status);
    rows.put(BY_PROGRAM, receipt.program().bytes().plus(id), status);
    int number = 0;
    for (Receipt.Step step : receipt.steps().values()) {
      Bytes[] outputs = step.outputs().stream().map(ArtifactKey::bytes).toArray(Bytes[]::new);
      Bytes ordinal = Bytes.wrap(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
      rows.put(STEP, Bytes.concat(step.key(), id, ordinal), Bytes.concat(outputs));
      number++;
    }
  }

  private static Bytes status(RunStatus status) {
    return Bytes.wrap(new byte[] {(byte) status.code()});
  }

  static List<ArtifactKey> outputs(Bytes value) {
    List<ArtifactKey> keys = new ArrayList<>();
    for (int at = 0; at < value.length(); at += ArtifactKey.BYTES) {
      keys.add(ArtifactKey.fromBytes(value.slice(at, at + ArtifactKey.BYTES)));
    }
    return keys;
  }
}
