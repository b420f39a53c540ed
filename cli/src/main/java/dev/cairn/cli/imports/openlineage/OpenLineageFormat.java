package dev.cairn.cli.imports.openlineage;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.JsonValues;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * OpenLineage events (2.x): run events, and the job and dataset events that need no run.
 *
 * <p>A job or a dataset is its namespace and name, a run its UUID: artifacts that are the same in
 * every event. The event itself, with all its facets, is an artifact of type {@code
 * openlineage/event}, its members sorted, so that it is the same wherever it is written. Edges: a
 * dataset to the run that reads it, a run to the dataset that it writes, a job to its run, a run to
 * the runs that it started, an event to what it tells of; in a job event the job stands where the
 * run would. Stateless; safe for any thread.
 */
public final class OpenLineageFormat implements DocumentFormat {
  private static final TypeTag DOCUMENT = new TypeTag("openlineage/json");
  private static final TypeTag EVENT = new TypeTag("openlineage/event");
  private static final TypeTag RUN = new TypeTag("openlineage/run");
  private static final EdgeType TOLD = new EdgeType("openlineage:event");
  private static final EdgeType INPUT = new EdgeType("openlineage:input");
  private static final EdgeType OUTPUT = new EdgeType("openlineage:output");
  private static final EdgeType JOB = new EdgeType("openlineage:job");
  private static final EdgeType PARENT = new EdgeType("openlineage:parent");
  private static final Set<String> EVENT_TYPES =
      Set.of("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER");
  private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern TIME =
      Pattern.compile(
          "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?"
              + "([Zz]|[+-][0-9]{2}:[0-9]{2})");

  /** The format. */
  public OpenLineageFormat() {}

  @Override
  public String namespace() {
    return "openlineage";
  }

  @Override
  public void read(Document document, Statements statements) throws IOException {
    statements.document(DOCUMENT);
    JsonValues.forEach(document, statements, (event, line) -> take(event, statements));
  }

  private static void take(JsonTree event, Statements statements) {
    checkHead(event);
    ArtifactKey told = statements.put(EVENT, event.bytes());
    statements.stated(told);
    JsonTree run = event.member("run");
    JsonTree job = event.member("job");
    JsonTree dataset = event.member("dataset");
    if (run == null && job == null && dataset != null) {
      link(TOLD, told, named("dataset", dataset, statements), statements);
      return;
    }
    if (job == null) {
      throw event.malformed("neither 'job' nor 'dataset'");
    }
    ArtifactKey jobKey = named("job", job, statements);
    ArtifactKey worker = jobKey;
    if (run != null) {
      worker = run(run.require("runId"), statements);
      link(JOB, jobKey, worker, statements);
      takeParent(run, worker, statements);
    }
    link(TOLD, told, worker, statements);
    for (JsonTree input : event.items("inputs")) {
      link(INPUT, named("dataset", input, statements), worker, statements);
    }
    for (JsonTree output : event.items("outputs")) {
      link(OUTPUT, worker, named("dataset", output, statements), statements);
    }
  }

  private static void checkHead(JsonTree event) {
    JsonTree time = event.require("eventTime");
    if (!TIME.matcher(time.text()).matches()) {
      throw time.malformed("not a date and time of RFC 3339");
    }
    event.words("producer");
    JsonTree schema = event.member("schemaURL");
    if (schema != null) {
      schema.words();
    }
    JsonTree type = event.member("eventType");
    if (type != null && !EVENT_TYPES.contains(type.text())) {
      throw type.malformed("no type of events");
    }
    if (type != null && event.member("run") == null) {
      throw event.malformed("'run' is missing");
    }
  }

  private static void takeParent(JsonTree run, ArtifactKey worker, Statements statements) {
    JsonTree parent = facet(run, "parent");
    if (parent == null) {
      return;
    }
    ArtifactKey parentRun = run(parent.require("run").require("runId"), statements);
    link(JOB, named("job", parent.require("job"), statements), parentRun, statements);
    link(PARENT, parentRun, worker, statements);
  }

  private static @Nullable JsonTree facet(JsonTree of, String name) {
    JsonTree facets = of.member("facets");
    return facets == null ? null : facets.member(name);
  }

  private static ArtifactKey run(JsonTree runId, Statements statements) {
    String id = runId.text().toLowerCase(Locale.ROOT);
    if (!UUID.matcher(id).matches()) {
      throw runId.malformed("not a UUID");
    }
    return statements.reference(RUN, id);
  }

  private static ArtifactKey named(String kind, JsonTree thing, Statements statements) {
    Map<String, Object> identity = new TreeMap<>();
    identity.put("namespace", thing.words("namespace"));
    identity.put(kind, thing.words("name"));
    return statements.reference(
        new TypeTag("openlineage/" + kind), StableJson.bytes(identity).toUtf8());
  }

  private static void link(
      EdgeType type, ArtifactKey cause, ArtifactKey effect, Statements statements) {
    statements.link(type, List.of(Endpoint.of(cause)), List.of(Endpoint.of(effect)));
  }
}
