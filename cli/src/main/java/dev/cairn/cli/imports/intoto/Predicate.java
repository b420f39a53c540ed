package dev.cairn.cli.imports.intoto;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A statement's subjects, and what its predicate says they came from.
 *
 * <pre>
 *   predicate                         edge                from                                 to
 *   slsa.dev/provenance v1            slsa:build          resolvedDependencies, builder        subjects, byproducts
 *   slsa.dev/provenance v0.1, v0.2    slsa:build          materials, configSource, builder     subjects
 *   slsa.dev/verification_summary     slsa:verification   resource's attestations, policy, verifier   subjects
 *   in-toto.io/attestation/link v0.3  intoto:link         materials                            subjects
 * </pre>
 *
 * <p>The statement itself is among the causes of each, with the role {@code statement}: so two
 * statements never share an edge. Other predicates are kept and say nothing more. Pure.
 */
final class Predicate {
  private static final EdgeType SUBJECT = new EdgeType("intoto:subject");
  private static final EdgeType BUILD = new EdgeType("slsa:build");
  private static final EdgeType VERIFICATION = new EdgeType("slsa:verification");
  private static final EdgeType LINK = new EdgeType("intoto:link");
  private static final Set<String> STATEMENT_TYPES =
      Set.of("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1");
  private static final String SLSA = "https://slsa.dev/provenance/v";
  private static final String VSA = "https://slsa.dev/verification_summary/v";
  private static final Set<String> LINKS =
      Set.of("https://in-toto.io/attestation/link/v0.3", "https://in-toto.io/Link/v1");

  private final JsonTree predicate;
  private final Statements statements;
  private final List<Endpoint> causes = new ArrayList<>();
  private final List<Endpoint> effects;

  private Predicate(
      JsonTree predicate, ArtifactKey statement, List<Endpoint> subjects, Statements statements) {
    this.predicate = predicate;
    this.statements = statements;
    this.effects = new ArrayList<>(subjects);
    causes.add(new Endpoint(statement, "statement"));
  }

  /** Tells what a statement says. */
  static void take(JsonTree statement, ArtifactKey key, Statements statements) {
    JsonTree type = statement.require("_type");
    if (!STATEMENT_TYPES.contains(type.text())) {
      throw type.malformed("no version of in-toto statements that is known here");
    }
    String predicateType = statement.words("predicateType");
    List<Endpoint> subjects = subjects(statement.require("subject"), statements);
    statements.link(SUBJECT, List.of(Endpoint.of(key)), subjects);
    JsonTree predicate = statement.member("predicate");
    if (predicate != null) {
      new Predicate(predicate, key, subjects, statements).take(predicateType);
    }
  }

  private static List<Endpoint> subjects(JsonTree listed, Statements statements) {
    List<Endpoint> subjects = new ArrayList<>();
    for (JsonTree one : listed.items()) {
      one.require("digest");
      subjects.add(resource(one, one.textOf("name"), statements));
    }
    if (subjects.isEmpty()) {
      throw listed.malformed("no subject");
    }
    return subjects;
  }

  private void take(String type) {
    if (type.equals(SLSA + "1") || type.startsWith(SLSA + "1.")) {
      takeBuild();
    } else if (type.startsWith(SLSA + "0.")) {
      takeEarlyBuild();
    } else if (type.startsWith(VSA)) {
      takeVerification();
    } else if (LINKS.contains(type)) {
      addResources(predicate.member("materials"), null);
      tell(LINK);
    }
  }

  private void tell(EdgeType type) {
    statements.link(type, new TreeSet<>(causes), new TreeSet<>(effects));
  }

  private void takeBuild() {
    JsonTree definition = predicate.require("buildDefinition");
    definition.words("buildType");
    addResources(definition.member("resolvedDependencies"), null);
    JsonTree run = predicate.require("runDetails");
    addNamed(run.require("builder").require("id"), "builder");
    for (JsonTree byproduct : run.items("byproducts")) {
      if (isNamed(byproduct)) {
        effects.add(resource(byproduct, "byproduct", statements));
      }
    }
    tell(BUILD);
  }

  private void takeEarlyBuild() {
    addNamed(predicate.require("builder").require("id"), "builder");
    addResources(predicate.member("materials"), null);
    JsonTree invocation = predicate.member("invocation");
    JsonTree source = invocation == null ? null : invocation.member("configSource");
    if (source != null && isNamed(source)) {
      causes.add(resource(source, "configSource", statements));
    }
    tell(BUILD);
  }

  private void takeVerification() {
    addNamed(predicate.require("verifier").require("id"), "verifier");
    JsonTree policy = predicate.member("policy");
    if (policy != null && isNamed(policy)) {
      causes.add(resource(policy, "policy", statements));
    }
    addResources(predicate.member("inputAttestations"), "attestation");
    tell(VERIFICATION);
  }

  private void addNamed(JsonTree uri, String role) {
    causes.add(new Endpoint(statements.reference(Statements.NAMED, uri.words()), role));
  }

  /** Resources stand in a list, or, in links of old, in an object by name. */
  private void addResources(@Nullable JsonTree resources, @Nullable String role) {
    if (resources == null) {
      return;
    }
    if (resources.isObject()) {
      for (JsonTree digests : resources.members()) {
        causes.add(Statements.end(digest(digests, statements), digests.name()));
      }
      return;
    }
    for (JsonTree one : resources.items()) {
      if (!isNamed(one)) {
        throw one.malformed("neither 'digest' nor 'uri'");
      }
      String name = one.textOf("name");
      String uri = one.textOf("uri");
      causes.add(resource(one, role != null ? role : uri != null ? uri : name, statements));
    }
  }

  private static boolean isNamed(JsonTree resource) {
    JsonTree digests = resource.member("digest");
    return resource.member("uri") != null || (digests != null && !digests.members().isEmpty());
  }

  /** The artifact that the digest names; without one, what the URI names. */
  private static Endpoint resource(
      JsonTree resource, @Nullable String role, Statements statements) {
    JsonTree digests = resource.member("digest");
    ArtifactKey key =
        digests != null && !digests.members().isEmpty()
            ? digest(digests, statements)
            : statements.reference(Statements.NAMED, resource.words("uri"));
    return Statements.end(key, role);
  }

  /** SHA-256 if it is there, else the digest whose algorithm has the least name. */
  private static ArtifactKey digest(JsonTree digests, Statements statements) {
    List<JsonTree> all = digests.members();
    if (all.isEmpty()) {
      throw digests.malformed("no digest");
    }
    JsonTree sha256 = digests.member("sha256");
    JsonTree best = sha256 != null ? sha256 : all.get(0);
    for (JsonTree one : all) {
      one.words();
    }
    return statements.digest(best.name(), best.text());
  }
}
