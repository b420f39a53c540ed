package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.asl.note.CosignerKey;
import dev.cairn.asl.note.LogProof;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.note.VerifierKey;
import dev.cairn.asl.store.StateProof;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.proof.ArtifactProof;
import dev.cairn.federation.proof.Prover;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn prove}: offline proofs of artifacts, made and checked. */
@Command(
    name = "prove",
    description = {
      "Writes a proof that a node recorded an artifact: its record, where that stands in the"
          + " node's",
      "log, and the checkpoint that the node signed. With --check, verifies such a file; that"
          + " needs",
      "no store, and exits with 1 if it does not hold."
    },
    footer = {
      "",
      "Example: cairn prove @report.pdf -o report.tlog-proof --receipts",
      "         cairn prove --check report.tlog-proof --file report.pdf --node f264296b..."
    })
final class ProveCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(arity = "0..1", paramLabel = "KEY", description = "Which artifact to prove.")
  private @Nullable String key;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where the proof goes; else standard output.")
  private @Nullable String output;

  @Option(
      names = "--type",
      paramLabel = "TAG",
      converter = TypeTagConverter.class,
      description = "Type for @FILE.")
  private @Nullable TypeTag type;

  @Option(
      names = "--receipts",
      description = {
        "Also prove the receipts of the runs that gave the artifact, of those that gave what",
        "went into these, and so on."
      })
  private boolean receipts;

  @Option(
      names = "--at",
      paramLabel = "S",
      description = {
        "Instead, prove that the artifact was live in this published snapshot, or that it was not:",
        "see 'cairn snapshot publish'."
      })
  private @Nullable String snapshot;

  @Option(names = "--check", paramLabel = "PROOF", description = "Verify this file.")
  private @Nullable String check;

  @Option(
      names = "--node",
      paramLabel = "NODE",
      description = {
        "With --check: believe this node, by its whole id; may be given several times. Without it,",
        "the answer names the nodes that must be believed."
      })
  private List<String> nodes = new ArrayList<>();

  @Option(
      names = "--cosigner",
      paramLabel = "KEY",
      description = {
        "With --check: the checkpoint must be cosigned by this key, as the cosigner's 'cairn"
            + " status'",
        "shows it; may be given several times."
      })
  private List<String> cosigners = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "With --check: the proof must be of what this file holds.")
  private @Nullable String file;

  ProveCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() throws IOException {
    String proof = check;
    if ((proof == null) == (key == null)) {
      throw CommandFailure.usage(
          proof == null ? "no KEY given" : "both KEY and --check",
          "name an artifact to prove, or a file to --check");
    }
    if (proof == null) {
      if (file != null || !nodes.isEmpty() || !cosigners.isEmpty()) {
        String given = file != null ? "--file" : nodes.isEmpty() ? "--cosigner" : "--node";
        throw CommandFailure.usage(given + " without --check", "see 'cairn prove --help'");
      }
      if (snapshot != null && receipts) {
        throw CommandFailure.usage("both --at and --receipts", "choose one of them");
      }
      return make();
    }
    if (output != null || receipts || type != null || snapshot != null) {
      throw CommandFailure.usage(
          "--check together with what makes a proof", "see 'cairn prove --help'");
    }
    return verify(proof);
  }

  private int make() throws IOException {
    ArtifactProof proof = looked().orElseGet(this::signed);
    Bytes bytes = proof.encode();
    Console console = cairn.console();
    if (output != null) {
      Path path = cairn.path(output);
      AtomicFile.write(path, out -> bytes.writeTo(out));
    }
    if (console.json()) {
      JsonObject json = json(proof).add("bytes", bytes.length());
      console.line(
          (output == null
                  ? json.add("proof", new String(bytes.toArray(), StandardCharsets.UTF_8))
                  : json.addText("file", cairn.path(output)))
              .toString());
    } else if (output == null) {
      bytes.writeTo(console.out());
    } else {
      console.line(proof.record().id().toString());
    }
    return ExitCode.DONE.status();
  }

  /**
   * By what is signed already, without writing anything; empty if that does not do, and may do once
   * the end of the node's own log is signed.
   */
  private Optional<ArtifactProof> looked() {
    try (CairnNode node = cairn.open(Access.LOOK)) {
      ArtifactKey wanted = wanted(node);
      try {
        return Optional.of(prove(node, wanted));
      } catch (RefusedException e) {
        if (signingMayHelp(node.store(), wanted)) {
          return Optional.empty();
        }
        throw refusal(e);
      }
    }
  }

  /** The end of the node's own log is signed first, if it can be: beside a server, it is not. */
  private ArtifactProof signed() {
    try (CairnNode node = cairn.open(Access.READ)) {
      try {
        node.store().signHead();
      } catch (RefusedException readOnly) {
        // Then what was signed before must do, and the prover says so if it does not.
      }
      try {
        return prove(node, wanted(node));
      } catch (RefusedException e) {
        throw refusal(e);
      }
    }
  }

  /** Of receipts it may be any, else what is proven must stand in the own log, not signed yet. */
  private boolean signingMayHelp(Store store, ArtifactKey wanted) {
    Origin own = store.origin();
    if (receipts) {
      return store
          .head(own)
          .filter(head -> store.checkpoints(own, head.treeSize() - 1, 1).isEmpty())
          .isPresent();
    }
    ArtifactKey recorded =
        snapshot == null ? wanted : Snapshots.find(store, snapshot).snapshot().key();
    return store.history(recorded).stream()
        .filter(entry -> entry.origin().equals(own) && entry.record().isPut())
        .anyMatch(entry -> store.checkpoints(own, entry.record().index(), 1).isEmpty());
  }

  private ArtifactKey wanted(CairnNode node) {
    try {
      return new Keys(cairn, node.store()).resolve(Objects.requireNonNull(key), type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ArtifactProof prove(CairnNode node, ArtifactKey wanted) {
    Store store = node.store();
    Prover prover =
        new Prover(store, node.graph(), new CosignShelf(store, cairn.environment().clock()));
    if (snapshot == null) {
      return RowsRead.watch(cairn.console(), store, -1, () -> prover.prove(wanted, null, receipts));
    }
    Snapshot at = Snapshots.find(store, snapshot).snapshot();
    try {
      return RowsRead.watch(
          cairn.console(), store, store.liveRowsAbout(), () -> prover.proveState(wanted, at));
    } catch (NotFoundException e) {
      throw unpublished(at, e);
    }
  }

  private CommandFailure refusal(RefusedException e) {
    return CommandFailure.negative(
        String.valueOf(e.getMessage()),
        "'cairn snapshot create' signs this node's log, a sync brings what others signed",
        e);
  }

  private static CommandFailure unpublished(Snapshot at, NotFoundException e) {
    return CommandFailure.negative(
        "no log that is signed has snapshot " + at.key(),
        "'cairn snapshot publish' writes it into this node's log",
        e);
  }

  private int verify(String name) throws IOException {
    List<NodeId> believed = Convergences.nodes(nodes);
    List<CosignerKey> required = required();
    Path path = existing(name);
    if (Convergences.isCertificate(path)) {
      if (file != null || !required.isEmpty()) {
        throw CommandFailure.usage(
            path + " is a convergence certificate", "only --node goes with it");
      }
      Convergences.tell(cairn, path, Convergences.read(path), believed);
      return ExitCode.DONE.status();
    }
    ArtifactProof proof;
    try {
      proof = ArtifactProof.verified(read(path));
    } catch (MalformedException | UnsupportedVersionException e) {
      throw CommandFailure.negative(
          path + ": " + e.getMessage(), "get the proof again from where it was made", e);
    }
    checkFile(proof);
    checkCosigned(path, proof, required);
    SortedSet<NodeId> signers = signers(proof);
    if (!nodes.isEmpty() && !believed.containsAll(signers)) {
      signers.removeAll(believed);
      throw CommandFailure.negative(
          path + ": signed by " + signers.first() + ", which no --node names",
          "add it if you believe that node");
    }
    tell(proof, signers);
    return ExitCode.DONE.status();
  }

  private List<CosignerKey> required() {
    List<CosignerKey> required = new ArrayList<>();
    for (String text : cosigners) {
      try {
        required.add(CosignerKey.parse(text));
      } catch (MalformedException e) {
        throw CommandFailure.usage(
            "--cosigner '" + text + "': " + e.getMessage(),
            "give the cosignerKey that the node's 'cairn status' shows");
      }
    }
    return required;
  }

  private static void checkCosigned(Path path, ArtifactProof proof, List<CosignerKey> required) {
    SignedNote note = SignedNote.parse(proof.proof().note());
    for (CosignerKey key : required) {
      boolean cosigned;
      try {
        cosigned = Cosignature.find(note, key).isPresent();
      } catch (MalformedException e) {
        throw CommandFailure.negative(
            path + ": " + e.getMessage(), "get the proof again from where it was made", e);
      }
      if (!cosigned) {
        throw CommandFailure.negative(
            path + ": not cosigned by " + key.name(),
            "have it made by a node that has exchanged with that one");
      }
    }
  }

  private void tell(ArtifactProof proof, SortedSet<NodeId> signers) {
    Console console = cairn.console();
    if (console.json()) {
      JsonArray named = new JsonArray();
      signers.forEach(node -> named.add(node.toString()));
      console.line(
          json(proof)
              .add("verified", true)
              .add("believed", !nodes.isEmpty())
              .addStrings("cosignersChecked", cosigners)
              .add("nodes", named)
              .toString());
      return;
    }
    LogRecord record = proof.record();
    Checkpoint checkpoint = proof.checkpoint();
    StateProof state = proof.state();
    if (state != null) {
      console.line(
          (proof.live().isPresent() ? "live      " : "not live  ")
              + state.key()
              + " in snapshot "
              + record.id());
    }
    console.line("artifact  " + record.id());
    console.line("type      " + (record.tag() == null ? "none" : record.tag()));
    console.line("payload   " + record.payloadDigest() + ", " + record.payloadLength() + " bytes");
    console.line(
        "record    "
            + record.index()
            + " of "
            + checkpoint.origin()
            + ", logseq "
            + record.logseq()
            + ", "
            + Describe.time(record.hlc()));
    console.line(
        "signed    by node "
            + checkpoint.origin().node()
            + " over "
            + checkpoint.treeSize()
            + " records");
    for (String name : Cosignature.names(SignedNote.parse(proof.proof().note()))) {
      boolean checked = required().stream().anyMatch(key -> key.name().equals(name));
      console.line(
          "cosigned  by " + name + (checked ? "" : ", not checked: no --cosigner gives its key"));
    }
    for (ArtifactProof each : proof.receipts()) {
      console.line(
          "receipt   "
              + each.record().id()
              + " of program "
              + each.receipt().program()
              + ", record "
              + each.record().index()
              + " of "
              + each.checkpoint().origin());
    }
    console.line(nodes.isEmpty() ? "verified, if you believe " + words(signers) : "verified");
  }

  private static String words(SortedSet<NodeId> signers) {
    return signers.size() == 1 ? "node " + signers.first() : "nodes " + signers;
  }

  private static JsonObject json(ArtifactProof proof) {
    LogRecord record = proof.record();
    Checkpoint checkpoint = proof.checkpoint();
    JsonArray behind = new JsonArray();
    for (ArtifactProof each : proof.receipts()) {
      behind.add(
          new JsonObject()
              .addText("receipt", each.record().id())
              .addText("program", each.receipt().program())
              .addText("origin", each.checkpoint().origin())
              .addU64("index", each.record().index()));
    }
    StateProof state = proof.state();
    JsonObject json =
        Describe.artifact(
                new ArtifactId(
                    record.id(), record.tag(), record.payloadLength(), record.payloadDigest()))
            .addText("kind", record.kind())
            .add("federation", checkpoint.federation())
            .addText("origin", checkpoint.origin())
            .addU64("index", record.index())
            .addU64("logseq", record.logseq())
            .addU64("hlc", record.hlc())
            .addU64("treeSize", checkpoint.treeSize())
            .add("root", checkpoint.root().toHex())
            .addStrings("cosigners", Cosignature.names(SignedNote.parse(proof.proof().note())))
            .add("verifierKey", new VerifierKey(checkpoint.keyName(), proof.key()).format())
            .add("receipts", behind);
    if (state != null) {
      json.add(
          "state",
          new JsonObject()
              .addText("key", state.key())
              .addText("snapshot", record.id())
              .add("live", proof.live().isPresent()));
    }
    return json;
  }

  private static SortedSet<NodeId> signers(ArtifactProof proof) {
    SortedSet<NodeId> signers = new TreeSet<>();
    signers.add(proof.checkpoint().origin().node());
    proof.receipts().forEach(each -> signers.add(each.checkpoint().origin().node()));
    return signers;
  }

  private void checkFile(ArtifactProof proof) throws IOException {
    if (file == null) {
      return;
    }
    Path path = existing(file);
    LogRecord record = proof.record();
    if (proof.state() != null) {
      throw CommandFailure.usage(
          "--file with a proof about a snapshot", "compare the file's key with the one it names");
    }
    ArtifactHasher hasher = new ArtifactHasher(record.id().algorithm());
    try (InputStream in = Files.newInputStream(path)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hasher.update(buffer, 0, read);
      }
    }
    if (!hasher.finish(record.tag()).key().equals(record.id())) {
      throw CommandFailure.negative(
          path + " is not artifact " + record.id() + ", of which the proof is",
          "compare its digest with payload " + record.payloadDigest());
    }
  }

  private Path existing(String name) throws NoSuchFileException {
    Path path = cairn.path(name);
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    return path;
  }

  private static Bytes read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] all = in.readNBytes(LogProof.PROOF_BYTES_MAX + 1);
      return Bytes.wrap(all);
    }
  }
}
