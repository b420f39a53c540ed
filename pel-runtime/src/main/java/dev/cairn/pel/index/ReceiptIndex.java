package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Access;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.pel.model.Borrowing;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunRequest;
import dev.cairn.pel.model.RunStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The fold of receipt records into rows by which a run finds what it need not do again, and whose
 * word that is.
 *
 * <pre>
 *   pel.invocation   invocation digest 32 | receipt key 34                    -&gt; u8 status
 *   pel.by-program   program key 34 | receipt key 34                          -&gt; u8 status
 *   pel.by-operator  operator name's digest 16 | u8 1 single step, 0 not | receipt key 34
 *                                                                             -&gt; nothing
 *   pel.attested     receipt key 34 | node 32                                 -&gt; u8 1 ran all, 0 not all
 *   pel.step         step key 32 | claim 16 | node 32 | receipt key 34 | u32be step number
 *                                                                             -&gt; output keys, 34 bytes each
 *   pel.request      request key 34                                           -&gt; invocation digest 32
 * </pre>
 *
 * <p>A claim is the beginning of the SHA-256 of the output keys, so that those who say the same
 * stand together. A step's number is its place among the steps of its receipt. A step has a row for
 * each node that ran it, which is whoever recorded the receipt without naming the step in a {@link
 * Borrowing} of the same commit. Rows are only ever added, or raised, and each follows from one
 * commit alone, so any order of arrival gives the same rows. Tombstones leave no row here: whoever
 * reads asks the {@link dev.cairn.asl.store.View} what is live. {@link #apply} belongs to the
 * sequencer; all else is safe for any thread.
 */
public final class ReceiptIndex implements Index {
  /** From an invocation to its receipts. */
  public static final Table INVOCATION =
      new Table("pel.invocation", Scope.DERIVED, Access.BY_DIGEST);

  /** From a step to what nodes say came out of it. */
  public static final Table STEP = new Table("pel.step", Scope.DERIVED, Access.BY_DIGEST);

  /** From a program to its receipts. */
  public static final Table BY_PROGRAM = new Table("pel.by-program", Scope.DERIVED, Access.SCANNED);

  /** From an operator's name to the receipts in which it ran. */
  public static final Table BY_OPERATOR =
      new Table("pel.by-operator", Scope.DERIVED, Access.SCANNED);

  /** From a receipt to the nodes that recorded it. */
  public static final Table ATTESTED = new Table("pel.attested", Scope.DERIVED, Access.BY_DIGEST);

  /** The run requests. */
  public static final Table REQUEST = new Table("pel.request", Scope.DERIVED, Access.SCANNED);

  static final int CLAIM_BYTES = 16;
  static final int OPERATOR_BYTES = 16;

  private static final Bytes YES = Bytes.wrap(new byte[] {1});
  private static final Bytes NO = Bytes.wrap(new byte[] {0});

  /** An index without state. */
  public ReceiptIndex() {}

  @Override
  public String name() {
    return "pel.receipts";
  }

  @Override
  public int version() {
    return 4;
  }

  @Override
  public List<Table> tables() {
    return List.of(INVOCATION, STEP, BY_PROGRAM, BY_OPERATOR, ATTESTED, REQUEST);
  }

  @Override
  public Set<TypeTag> structuredTypes() {
    return Set.of(TypeTag.RECEIPT, TypeTag.PROGRAM, Borrowing.TYPE, RunRequest.TYPE);
  }

  /** Whether the operators of a program exist is not asked: that differs from node to node. */
  @Override
  public void check(TypeTag type, Bytes payload) {
    if (type.equals(TypeTag.RECEIPT)) {
      Receipt.decode(payload);
    } else if (type.equals(TypeTag.PROGRAM)) {
      Program.decode(payload);
    } else if (type.equals(Borrowing.TYPE)) {
      Borrowing.decode(payload);
    } else if (type.equals(RunRequest.TYPE)) {
      RunRequest.decode(payload);
    }
  }

  @Override
  public void apply(CommitView commit, RowWriter rows) {
    Map<ArtifactKey, SortedSet<String>> borrowed = borrowed(commit);
    for (CommitView.Entry entry : commit.entries()) {
      Bytes payload = entry.payload();
      if (entry.record().kind() == RecordKind.PER && payload != null) {
        ArtifactKey key = entry.record().id();
        write(
            rows,
            commit.origin().node(),
            key,
            Receipt.decode(payload),
            borrowed.getOrDefault(key, new TreeSet<>()));
      } else if (entry.record().isPut()
          && RunRequest.TYPE.equals(entry.record().tag())
          && payload != null) {
        rows.put(
            REQUEST, entry.record().id().bytes(), RunRequest.decode(payload).invocation().digest());
      }
    }
  }

  private static Map<ArtifactKey, SortedSet<String>> borrowed(CommitView commit) {
    Map<ArtifactKey, SortedSet<String>> borrowed = new HashMap<>();
    for (CommitView.Entry entry : commit.entries()) {
      Bytes payload = entry.payload();
      if (entry.record().isPut()
          && Borrowing.TYPE.equals(entry.record().tag())
          && payload != null) {
        Borrowing borrowing = Borrowing.decode(payload);
        borrowed
            .computeIfAbsent(borrowing.receipt(), any -> new TreeSet<>())
            .addAll(borrowing.nodes());
      }
    }
    return borrowed;
  }

  private static void write(
      RowWriter rows, NodeId node, ArtifactKey key, Receipt receipt, SortedSet<String> borrowed) {
    Bytes id = key.bytes();
    Bytes status = status(receipt.status());
    rows.put(INVOCATION, receipt.invocation().digest().plus(id), status);
    rows.put(BY_PROGRAM, receipt.program().bytes().plus(id), status);
    boolean ranAll = borrowed.isEmpty();
    Bytes attested = attestedKey(key, node);
    if (ranAll || rows.get(ATTESTED, attested) == null) {
      rows.put(ATTESTED, attested, ranAll ? YES : NO);
    }
    TreeSet<String> operators = new TreeSet<>();
    int number = 0;
    for (Map.Entry<String, Receipt.Step> entry : receipt.steps().entrySet()) {
      Receipt.Step step = entry.getValue();
      operators.add(step.operator().name());
      if (!borrowed.contains(entry.getKey())) {
        Bytes outputs = outputs(step.outputs());
        Bytes ordinal = Bytes.wrap(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
        rows.put(
            STEP, Bytes.concat(step.key(), claim(outputs), node.digest(), id, ordinal), outputs);
      }
      number++;
    }
    for (String operator : operators) {
      rows.put(
          BY_OPERATOR, operatorPrefix(operator, receipt.isOfSingleStep()).plus(id), Bytes.EMPTY);
    }
  }

  static Bytes attestedKey(ArtifactKey receipt, NodeId node) {
    return receipt.bytes().plus(node.digest());
  }

  static boolean ranAll(Bytes key, Bytes value) {
    return ATTESTED.read(key, value, (row, all) -> all.at(0) == 1);
  }

  /** The node of a row of {@link #ATTESTED}. */
  static NodeId attester(Bytes key) {
    return ATTESTED.read(key, key, (row, same) -> new NodeId(row.slice(ArtifactKey.BYTES)));
  }

  /**
   * The receipt that a row leads to.
   *
   * @param table {@link #INVOCATION}, {@link #BY_PROGRAM}, {@link #BY_OPERATOR} or {@link #REQUEST}
   * @param at where in the row's key it stands, up to its end
   */
  public static ArtifactKey receipt(Table table, Bytes key, int at) {
    return table.read(key, key, (row, same) -> ArtifactKey.fromBytes(row.slice(at)));
  }

  /** The invocation that a row of {@link #INVOCATION} is of. */
  public static Bytes invocation(Bytes key) {
    return INVOCATION.read(key, key, (row, same) -> row.slice(0, HashAlgorithm.DIGEST_BYTES));
  }

  /**
   * What a row says became of its receipt's run.
   *
   * @param table {@link #INVOCATION} or {@link #BY_PROGRAM}
   */
  public static RunStatus status(Table table, Bytes key, Bytes value) {
    return table.read(key, value, (row, status) -> RunStatus.byCode(status.at(0)));
  }

  /**
   * Where receipts with an operator stand: those of single steps apart, of which there are many.
   */
  static Bytes operatorPrefix(String name, boolean singleStep) {
    return HashAlgorithm.SHA_256
        .hash(Bytes.utf8(name))
        .slice(0, OPERATOR_BYTES)
        .plus(singleStep ? YES : NO);
  }

  static Bytes claim(Bytes outputs) {
    return HashAlgorithm.SHA_256.hash(outputs).slice(0, CLAIM_BYTES);
  }

  private static Bytes status(RunStatus status) {
    return Bytes.wrap(new byte[] {(byte) status.code()});
  }

  private static Bytes outputs(List<ArtifactKey> keys) {
    return Bytes.concat(keys.stream().map(ArtifactKey::bytes).toArray(Bytes[]::new));
  }

  /** What a row of {@link #STEP} says came out. */
  static List<ArtifactKey> outputs(Bytes key, Bytes value) {
    return STEP.read(key, value, (row, outputs) -> outputs(outputs));
  }

  private static List<ArtifactKey> outputs(Bytes value) {
    List<ArtifactKey> keys = new ArrayList<>(value.length() / ArtifactKey.BYTES);
    for (int at = 0; at < value.length(); at += ArtifactKey.BYTES) {
      keys.add(ArtifactKey.fromBytes(value.slice(at, at + ArtifactKey.BYTES)));
    }
    return keys;
  }
}
