package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a node says in a push to a node that holds nothing, to be changed before it is said to
 * another.
 */
final class HostileScript {
  private HostileScript() {}

  /** All that the node sends, from hello to goodbye. */
  static List<PeerMessage> of(TestNode node) {
    List<PeerMessage> said = new ArrayList<>();
    try (TestNode empty = new TestNode("empty");
        PeerSession mine =
            new PeerSession(
                Role.INITIATOR,
                node.replica(),
                SessionOptions.DEFAULT.withDirections(true, false),
                ReplicationListener.NONE);
        PeerSession other =
            new PeerSession(
                Role.RESPONDER,
                empty.replica(),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE)) {
      boolean moved = true;
      while (moved) {
        PeerMessage mineSaid = mine.poll();
        if (mineSaid != null) {
          said.add(mineSaid);
          other.receive(mineSaid);
        }
        PeerMessage otherSaid = other.poll();
        if (otherSaid != null) {
          mine.receive(otherSaid);
        }
        moved = mineSaid != null || otherSaid != null;
      }
    }
    return said;
  }

  /** The hello of a node, with features and codecs as told. */
  static Hello hello(TestNode node, boolean sends, List<String> features, List<String> codecs) {
    Hello plain = (Hello) of(node).get(0);
    return new Hello(
        plain.versionMin(),
        plain.versionMax(),
        plain.federation(),
        plain.node(),
        plain.key(),
        codecs,
        sends,
        false,
        plain.cursor(),
        features,
        List.of());
  }

  static List<PeerMessage> map(
      List<PeerMessage> script, Class<? extends PeerMessage> kind, UnaryOperator<PeerMessage> by) {
    return script.stream().map(said -> kind.isInstance(said) ? by.apply(said) : said).toList();
  }

  /**
   * The script with other items in its own log, under checkpoints that the node has signed anew:
   * the worst that who holds the key can do.
   */
  static List<PeerMessage> signed(
      List<PeerMessage> script, SigningKey key, UnaryOperator<Item> change) {
    CompactRange tree = new CompactRange();
    List<PeerMessage> all = new ArrayList<>();
    long[] lastLogseq = {0};
    for (PeerMessage said : script) {
      if (said instanceof Records records) {
        List<Run> runs = new ArrayList<>();
        for (Run run : records.runs()) {
          List<Item> items = run.items().stream().map(change).toList();
          for (Item item : items) {
            tree.append(TreeHasher.leaf(item.record()));
            lastLogseq[0] = Math.max(lastLogseq[0], logseq(item.record()));
          }
          runs.add(new Run(run.origin(), run.firstIndex(), items));
        }
        all.add(new Records(runs));
      } else if (said instanceof CheckpointNote note) {
        all.add(new CheckpointNote(note.origin(), tree.size(), note(key, tree, lastLogseq[0])));
      } else {
        all.add(said);
      }
    }
    return all;
  }

  private static long logseq(Bytes record) {
    try {
      return LogRecord.decode(record).logseq();
    } catch (RuntimeException e) {
      return 1;
    }
  }

  private static Bytes note(SigningKey key, CompactRange tree, long lastLogseq) {
    Origin origin = new Origin(NodeId.of(key.publicKey()), 1);
    return new Checkpoint("test", origin, tree.size(), tree.root(), lastLogseq).sign(key);
  }

  /** Changes every record. */
  static UnaryOperator<Item> record(UnaryOperator<LogRecord> change) {
    return item -> new Item(change.apply(LogRecord.decode(item.record())).encode(), item.payload());
  }
}
