package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Claims can fail: somebody meddles with the stores, and the tour notices and says where. */
class DemoClaimsTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");

  @TempDir Path folder;
  ByteArrayOutputStream out = new ByteArrayOutputStream();
  SampleRepository sample;
  DemoOptions options;

  @BeforeEach
  void makeRepository() throws IOException {
    Path repository = Files.createDirectories(folder.resolve("sample"));
    sample = SampleRepository.in(repository);
    options = new DemoOptions(repository, repository, null);
  }

  private Demo demo(boolean json, Demo.Meddler meddler) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Environment environment =
        new Environment(
            new ByteArrayInputStream(new byte[0]),
            stream,
            stream,
            Map.of(),
            folder,
            false,
            false,
            WallClock.system(),
            Ticker.system());
    return new Demo(options, environment, new Console(environment, json, false), meddler);
  }

  private String told() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private static void link(Store store, String type, LiveEntry to, String cause) {
    PreparedArtifact from = store.prepare(TEXT, Bytes.utf8(cause));
    Edge edge =
        new Edge(
            new EdgeType(type),
            List.of(Endpoint.of(from.id().key())),
            List.of(Endpoint.of(to.artifact().key())),
            null);
    store.commit(new CommitDraft().put(from).put(store.prepare(TypeTag.EDGE, edge.encode())));
  }

  private static LiveEntry firstOf(Store store, String type) {
    List<LiveEntry> found = new ArrayList<>();
    store
        .now()
        .forEachLive(
            entry -> {
              if (new TypeTag(type).equals(entry.artifact().tag())) {
                found.add(entry);
              }
            });
    return found.get(0);
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 4;
    Files.write(file, bytes);
  }

  /** Before which step, what is done, and the claim that must break. */
  static Stream<Arguments> meddlings() {
    return Stream.of(
        Arguments.of(
            "git",
            (Demo.Meddler)
                (step, tour) -> {
                  Store store = tour.node("A").store();
                  store.commit(
                      new CommitDraft().put(store.prepare(TEXT, Bytes.utf8("not the first"))));
                  link(store, "x:y", firstOf(store, "text/plain"), "a cause");
                },
            "A keeps an edge for each tree, commit and tag"),
        Arguments.of(
            "run",
            (Demo.Meddler)
                (step, tour) ->
                    link(
                        tour.node("A").store(),
                        "git:tree",
                        firstOf(tour.node("A").store(), "git/blob"),
                        "a cause that git does not know"),
            "the commit's lineage in A has the objects that git reaches from it"),
        Arguments.of(
            "damage",
            (Demo.Meddler) (step, tour) -> flip(tour.file(ReplayBundle.FILE), 2000),
            "verification names the frame that holds the byte"));
  }

  @ParameterizedTest
  @MethodSource("meddlings")
  void aClaimThatDoesNotHoldEndsTheTourWithOneAndIsNamed(
      String before, Demo.Meddler meddler, String claim) {
    Path[] scratch = new Path[1];
    Demo demo =
        demo(
            false,
            (step, tour) -> {
              scratch[0] = tour.file(".");
              if (step.equals(before)) {
                meddler.before(step, tour);
              }
            });
    CommandFailure failure = catchThrowableOfType(CommandFailure.class, demo::run);
    assertThat(failure.code()).isEqualTo(ExitCode.NEGATIVE);
    assertThat(failure).hasMessageContaining(before).hasMessageContaining(claim);
    assertThat(told()).contains("  NO " + claim).doesNotContain("claims held");
    assertThat(scratch[0]).doesNotExist();
  }

  @Test
  void theJsonOfABrokenTourSaysWhichClaimBroke() throws IOException {
    Demo demo =
        demo(
            true,
            (step, tour) -> {
              if (step.equals("damage")) {
                flip(tour.file(ReplayBundle.FILE), 2000);
              }
            });
    assertThatThrownBy(demo::run).isInstanceOf(CommandFailure.class);
    JsonNode document = new ObjectMapper().readTree(told());
    JsonNode broken = document.get("broken");
    assertThat(document.get("ok").asBoolean()).isFalse();
    assertThat(broken.get("claim").asText())
        .isEqualTo("verification names the frame that holds the byte");
    assertThat(broken.get("held").asBoolean()).isFalse();
    assertThat(broken.get("expected").asText()).isNotEqualTo(broken.get("found").asText());
    assertThat(document.get("steps")).hasSize(7);
  }

  @Test
  void theJsonOfATourThatCouldNotGoOnSaysWhy() throws IOException {
    Demo demo =
        demo(
            true,
            (step, tour) -> {
              if (step.equals("replay")) {
                // A snapshot that C does not hold cannot be bundled there.
                Store store = tour.node("A").store();
                PreparedArtifact more = store.prepare(TEXT, Bytes.utf8("more"));
                store.commit(new CommitDraft().put(more));
                tour.snapshot(store.snapshot(null).snapshot());
              }
            });
    assertThatThrownBy(demo::run).isInstanceOf(RefusedException.class);
    JsonNode document = new ObjectMapper().readTree(told());
    assertThat(document.get("ok").asBoolean()).isFalse();
    assertThat(document.get("broken").isNull()).isTrue();
    assertThat(document.get("failure").asText()).contains("snapshot");
  }

  @Test
  void commitsMadeMeanwhileDoNotDisturb() throws IOException {
    Path main = options.git().resolve(".git/refs/heads/main");
    demo(
            false,
            (step, tour) -> {
              if (step.equals("maven")) {
                // The branch goes back to the first parent, and so does the tag: less is reached.
                Files.writeString(main, sample.second().name() + "\n");
                Files.delete(options.git().resolve(".git/refs/tags/v1"));
              }
            })
        .run();
    assertThat(told()).contains("claims held");
  }

  @Test
  void aStepThatFailsLeavesNothingBehind() {
    Path[] scratch = new Path[1];
    Demo demo =
        demo(
            false,
            (step, tour) -> {
              scratch[0] = tour.file(".");
              if (step.equals("run")) {
                throw new NotFoundException("gone");
              }
            });
    assertThatThrownBy(demo::run).isInstanceOf(NotFoundException.class);
    assertThat(scratch[0]).doesNotExist();
    assertThat(told()).contains("3  Maven POMs").doesNotContain("4  ");
  }
}
