package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.note.ConvergenceCertificate;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads, compares and tells convergence certificates. */
final class Convergences {
  private static final int HEAD_BYTES = 32;

  private Convergences() {}

  /** True if a file says that it is one. */
  static boolean isCertificate(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ConvergenceCertificate.isCertificate(Bytes.wrap(in.readNBytes(HEAD_BYTES)));
    }
  }

  /** Reads a file and verifies every signature in it. */
  static ConvergenceCertificate read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    try (InputStream in = Files.newInputStream(file)) {
      return ConvergenceCertificate.verified(
          Bytes.wrap(in.readNBytes(ConvergenceCertificate.FILE_BYTES_MAX + 1)));
    } catch (MalformedException | UnsupportedVersionException e) {
      throw CommandFailure.negative(
          file + ": " + e.getMessage(), "get the file again from where it was signed last", e);
    }
  }

  /** The nodes that a caller believes. */
  static List<NodeId> nodes(List<String> texts) {
    List<NodeId> nodes = new ArrayList<>();
    for (String text : texts) {
      try {
        nodes.add(NodeId.parse(text));
      } catch (MalformedException e) {
        throw CommandFailure.usage("--node '" + text + "'", "give the node's 64 hex digits");
      }
    }
    return nodes;
  }

  /** Which nodes signed two states for one cut, once each, in order of nodes and files. */
  static List<StateEvidence> contradictions(List<ConvergenceCertificate> all) {
    List<StateEvidence> found = new ArrayList<>();
    TreeSet<NodeId> accused = new TreeSet<>();
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        ConvergenceCertificate left = all.get(j);
        ConvergenceCertificate right = all.get(i);
        if (!StateEvidence.contradict(left.statement(), right.statement())) {
          continue;
        }
        SortedSet<NodeId> both = new TreeSet<>(left.nodes());
        both.retainAll(right.nodes());
        for (NodeId node : both) {
          if (accused.add(node)) {
            found.add(StateEvidence.of(left.key(node), left.note(node), right.note(node)));
          }
        }
      }
    }
    return found;
  }

  /** Refuses files in which different nodes state different states for one cut. */
  static void checkAlike(List<String> files, List<ConvergenceCertificate> all) {
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (StateEvidence.contradict(all.get(j).statement(), all.get(i).statement())) {
          throw CommandFailure.negative(
              files.get(j)
                  + " and "
                  + files.get(i)
                  + ": two states for one cut, by "
                  + words(all.get(j).nodes())
                  + " and by "
                  + words(all.get(i).nodes()),
              "compare their stores with 'cairn audit': one of them is wrong");
        }
      }
    }
  }

  /** Tells a certificate that holds; refuses one that is none, or is signed by a stranger. */
  static void tell(
      CairnCommand cairn, Path file, ConvergenceCertificate certificate, List<NodeId> believed) {
    SortedSet<NodeId> nodes = certificate.nodes();
    if (!certificate.isConvergence()) {
      throw CommandFailure.negative(
          file + ": signed by " + nodes.first() + " alone, which is no convergence",
          "have another node sign it with 'cairn converge sign'");
    }
    if (!believed.isEmpty() && !believed.containsAll(nodes)) {
      NodeId stranger = nodes.stream().filter(n -> !believed.contains(n)).findFirst().orElseThrow();
      throw CommandFailure.negative(
          file + ": signed by " + stranger + ", which no --node names",
          "add it if you believe that node");
    }
    cairn
        .console()
        .result(
            json(file, certificate).add("verified", true).add("believed", !believed.isEmpty()),
            "converged " + line(certificate) + (believed.isEmpty() ? ", if you believe one" : ""));
  }

  /** One line: how many records in which state, and who says so. */
  static String line(ConvergenceCertificate certificate) {
    Snapshot snapshot = certificate.snapshot();
    long records = snapshot.heads().stream().mapToLong(Snapshot.Head::treeSize).sum();
    return records
        + " records in "
        + snapshot.heads().size()
        + " logs, state root "
        + snapshot.stateRoot().toHex()
        + ", by "
        + words(certificate.nodes());
  }

  private static String words(SortedSet<NodeId> nodes) {
    return (nodes.size() == 1 ? "node " : nodes.size() + " nodes ")
        + nodes.stream().map(NodeId::toString).collect(Collectors.joining(", "));
  }

  static JsonObject json(Path file, ConvergenceCertificate certificate) {
    Snapshot snapshot = certificate.snapshot();
    JsonArray nodes = new JsonArray();
    certificate.nodes().forEach(node -> nodes.add(node.toString()));
    return new JsonObject()
        .addText("file", file)
        .add("federation", snapshot.federation())
        .addText("snapshot", snapshot.key())
        .add("cutDigest", snapshot.cutDigest().toHex())
        .add("stateRoot", snapshot.stateRoot().toHex())
        .add("cut", Describe.cut(snapshot))
        .add("nodes", nodes)
        .add("converged", certificate.isConvergence());
  }
}
