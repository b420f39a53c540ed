package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.JsonReader;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.tgk.plan.KeyNames;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanJson;
import dev.cairn.tgk.plan.PlanText;
import dev.cairn.tgk.plan.run.QueryCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code provenance/query@1}: the rows that a plan gives at a snapshot, as a canonical JSON array
 * of objects.
 *
 * <p>The first input is the snapshot. The plan, as text or as JSON, names artifacts by whole keys;
 * {@code $1} stands for the key of the input behind the snapshot, {@code $2} for that of the next.
 * The rows have the plan's order. What is asked of a store that does not hold the snapshot's whole
 * cut is an error of that store, and never a result; so is a plan that takes more time, memory or
 * scratch than the run may take.
 */
final class ProvenanceQuery extends BuiltIn {
  /** Most rows unless told otherwise. */
  static final int LIMIT = 100_000;

  /** Most rows that can be asked for. */
  static final int LIMIT_MAX = 1_000_000;

  /** Longest result, in UTF-16 units. */
  static final int RESULT_CHARS_MAX = 64 << 20;

  private static final long WORK_A_RECORD = 1_000;

  private static final int INPUTS_MAX = 65;

  /** A row, its ends, and what an end has. */
  private static final int ROW_DEPTH_MAX = 4;

  private static final Pattern INPUT = Pattern.compile("\\$([1-9][0-9]?)");

  ProvenanceQuery() {
    super(
        "provenance/query@1",
        new OperatorSpec(
            "The rows that a plan gives for the graph under a snapshot.",
            1,
            INPUTS_MAX,
            List.of(
                new Parameter("plan", Kind.TEXT, true, "what is asked, as text or as JSON"),
                new Parameter("limit", Kind.INTEGER, false, "most rows; 100,000 if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    limit(parameters);
    List<ArtifactKey> examples = new ArrayList<>();
    for (int i = 1; i < INPUTS_MAX; i++) {
      examples.add(
          ArtifactKey.parse(
              "asl1-sha256:" + Bytes.wrap(ByteBuffer.allocate(32).putInt(28, i).array()).toHex()));
    }
    plan(parameters, examples, "bad-parameter");
  }

  private static int limit(Parameters parameters) {
    long limit = parameters.integer("limit", LIMIT);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new OperatorFailure("bad-parameter", "limit " + limit + " is not 1 to " + LIMIT_MAX);
    }
    return (int) limit;
  }

  /**
   * @param others keys of the inputs behind the snapshot
   */
  private static Plan plan(Parameters parameters, List<ArtifactKey> others, String code) {
    String text = parameters.requiredText("plan");
    KeyNames names = name -> resolve(name, others);
    try {
      return text.stripLeading().startsWith("[")
          ? PlanJson.parse(text, names)
          : PlanText.parse(text, names);
    } catch (MalformedException e) {
      throw new OperatorFailure(code, String.valueOf(e.getMessage()));
    }
  }

  private static ArtifactKey resolve(String name, List<ArtifactKey> others) {
    Matcher input = INPUT.matcher(name);
    if (!input.matches()) {
      return KeyNames.WHOLE.resolve(name);
    }
    int index = Integer.parseInt(input.group(1));
    if (index > others.size()) {
      throw new MalformedException(
          name + " where " + others.size() + " inputs stand behind the snapshot");
    }
    return others.get(index - 1);
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    List<OperatorInput> inputs = context.inputs();
    Snapshot snapshot = Inputs.snapshot(inputs.get(0));
    List<ArtifactKey> others =
        inputs.subList(1, inputs.size()).stream().map(OperatorInput::key).toList();
    Plan plan = plan(context.parameters(), others, "bad-plan");
    int limit = limit(context.parameters());
    SnapshotGraph graph = context.host().graph(snapshot); // What it claims is here.
    context.host().works(work(snapshot, plan));
    try (QueryCursor cursor = graph.query(plan).open((long) limit + 1)) {
      return OperatorOutput.of(Inputs.JSON, rows(cursor, limit));
    }
  }

  /** As if each part of the plan looked at every record. */
  private static long work(Snapshot snapshot, Plan plan) {
    long records = snapshot.heads().stream().mapToLong(Snapshot.Head::treeSize).sum();
    return OperatorHost.work(WORK_A_RECORD * parts(plan), records);
  }

  private static int parts(Plan plan) {
    return 1 + plan.inputs().stream().mapToInt(ProvenanceQuery::parts).sum();
  }

  private static Bytes rows(QueryCursor cursor, int limit) {
    JsonReader reader = new JsonReader("row", ROW_DEPTH_MAX);
    StringBuilder out = new StringBuilder("[");
    for (int count = 0; cursor.next(); count++) {
      if (count == limit) {
        throw new OperatorFailure("too-large", "more than " + limit + " rows");
      }
      out.append(count == 0 ? "" : ",");
      out.append(CanonicalJson.encode(reader.read(cursor.row().json())).toUtf8());
      if (out.length() > RESULT_CHARS_MAX) {
        throw new OperatorFailure(
            "too-large", "the rows have more than " + RESULT_CHARS_MAX + " characters");
      }
    }
    return Bytes.utf8(out.append(']').toString());
  }
}
