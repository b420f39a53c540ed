package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.CosignerKey;
import dev.cairn.asl.store.AbsentPayload;
import dev.cairn.asl.store.ClosedLog;
import dev.cairn.asl.store.HeldBack;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.FollowStatus;
import dev.cairn.federation.peers.FollowStatusFile;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.shard.HashRange;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** {@code cairn status}: the node at a glance. */
@Command(
    name = "status",
    description = "Shows the node, what it holds, and how it stands with its peers.",
    footer = {"", "Example: cairn status --json"})
final class StatusCommand extends StoreCommand {
  StatusCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.READ;
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    Store store = node.store();
    List<LogHead> heads = store.heads();
    LiveCounts live = store.liveCounts();
    long logseq = heads.stream().mapToLong(LogHead::lastLogseq).max().orElse(0);
    long records = heads.stream().mapToLong(LogHead::treeSize).sum();
    List<SnapshotInfo> snapshots = store.snapshots();
    String last = snapshots.isEmpty() ? null : snapshots.get(snapshots.size() - 1).key().toString();
    String stateRoot =
        RowsRead.watch(console, store, store.rowsToState(), store::stateRoot).toHex();
    CosignShelf cosigned = new CosignShelf(store, cairn().environment().clock());
    MemberText.Some members = MemberText.Some.of(store, node.peers());
    HashRange range = members.shards().range(store.origin().node()).orElse(null);
    HashRange due = range == null ? HashRange.ALL : range;
    int setAside = store.setAside();
    NotHeld absent = RowsRead.watch(console, store, -1, () -> NotHeld.of(store, due));
    Map<String, FollowStatus> following = new TreeMap<>();
    new FollowStatusFile(node.directory())
        .read(cairn().environment().clock().millis())
        .forEach(status -> following.put(status.name(), status));
    if (console.json()) {
      JsonObject status =
          new JsonObject()
              .addText("node", store.origin().node())
              .add("cosignerKey", cosignerKey(store))
              .add("epoch", store.origin().epoch())
              .add("federation", store.federation())
              .addText("store", node.directory())
              .add("stateRoot", stateRoot)
              .addU64("logseq", logseq)
              .add("records", records)
              .add("artifacts", live.artifacts())
              .add("edges", live.edges())
              .add("receipts", live.receipts())
              .add("bytes", store.bytesOnDisk())
              .add("heads", heads(heads, cosigned))
              .add("peers", peers(node.peers(), following))
              .add("conflicts", node.peers().conflicts().open())
              .addStrings("frozen", frozen(store))
              .add("closed", closed(store))
              .add("partial", PartialCoverage.json(store))
              .add("heldBack", heldBack(store))
              .add("members", members.json())
              .add("moreMembers", members.more())
              .add("moreBlocking", members.moreBlocking())
              .addText("evictedBy", members.evictedBy())
              .add("range", range == null ? null : range.toString());
      console.line(
          ShardText.Gaps.of(members.shards())
              .addTo(status)
              .add("payloadsNotHeld", absent.payloads())
              .add("bytesNotHeld", absent.bytes())
              .add("payloadsLacking", absent.lacking())
              .add("setAside", setAside)
              .add("lastSnapshot", last)
              .toString());
      return ExitCode.DONE;
    }
    console.line("node        " + store.origin());
    console.line("federation  " + store.federation());
    console.line("store       " + node.directory() + ", " + Describe.bytes(store.bytesOnDisk()));
    console.line("state root  " + stateRoot);
    console.line(
        "live        "
            + live.artifacts()
            + " artifacts, "
            + live.edges()
            + " edges, "
            + live.receipts()
            + " receipts");
    console.line("log         " + records + " records up to logseq " + logseq);
    if (absent.payloads() > 0) {
      console.line(
          "not held    "
              + absent.payloads()
              + " payloads, "
              + Describe.bytes(absent.bytes())
              + ": "
              + (range == null || absent.lacking() == absent.payloads()
                  ? "'cairn sync PEER' fetches them"
                  : "others hold them, but for "
                      + absent.lacking()
                      + " of its range: 'cairn sync PEER' fetches these"));
    }
    if (setAside > 0) {
      console.line(
          "damaged     "
              + setAside
              + " payloads and chunks are set aside: 'cairn fsck --repair-from PEER' fetches them");
    }
    for (LogHead head : heads) {
      console.line(
          "head        "
              + head.origin()
              + ": "
              + head.treeSize()
              + " records up to logseq "
              + head.lastLogseq()
              + cosigned(head, cosigned));
    }
    PartialCoverage.tell(store, console);
    PeerBook book = node.peers();
    for (Peer peer : book.list()) {
      console.line("peer        " + PeerCommand.line(book, peer));
      FollowStatus status = following.get(peer.name());
      if (status != null) {
        console.line("            " + standing(status));
      }
    }
    frozen(store).forEach(origin -> console.line("frozen      " + origin));
    for (ClosedLog log : store.closedLogs()) {
      NodeId next = log.successor();
      console.line(
          "closed      "
              + log.origin()
              + (next != null
                  ? ": node " + next + " goes on"
                  : log.closing() == null
                      ? ": whether anybody goes on is not known here"
                      : ": nobody goes on"));
    }
    store
        .heldBack()
        .forEach(
            log ->
                console.line(
                    "held back   "
                        + log.origin()
                        + " from record "
                        + log.fromIndex()
                        + " on: "
                        + log.describe()));
    members.tell(store, console);
    ShardText.Gaps.of(members.shards()).lines().forEach(gap -> console.line("gap         " + gap));
    long open = book.conflicts().open();
    if (open > 0) {
      console.line("conflicts   " + open + ", see 'cairn conflicts list'");
    }
    console.line("snapshot    " + (last == null ? "none" : last));
    return ExitCode.DONE;
  }

  /**
   * Payloads of live artifacts that never came.
   *
   * @param lacking how many of them are in the node's range
   */
  private record NotHeld(long payloads, long bytes, long lacking) {
    private static final int PAGE = 1_024;

    static NotHeld of(Store store, HashRange range) {
      long payloads = 0;
      long bytes = 0;
      long lacking = 0;
      List<AbsentPayload> page = store.absentPayloads(null, PAGE);
      while (!page.isEmpty()) {
        payloads += page.size();
        bytes += page.stream().mapToLong(AbsentPayload::length).sum();
        lacking += page.stream().filter(each -> range.contains(each.digest())).count();
        page = store.absentPayloads(page.get(page.size() - 1).digest(), PAGE);
      }
      return new NotHeld(payloads, bytes, lacking);
    }
  }

  private static JsonArray closed(Store store) {
    JsonArray all = new JsonArray();
    for (ClosedLog log : store.closedLogs()) {
      all.add(
          new JsonObject().addText("origin", log.origin()).addText("successor", log.successor()));
    }
    return all;
  }

  private static List<String> frozen(Store store) {
    return store.frozen().stream().map(Origin::toString).toList();
  }

  private static JsonArray heldBack(Store store) {
    JsonArray told = new JsonArray();
    for (HeldBack log : store.heldBack()) {
      told.add(
          new JsonObject()
              .addText("origin", log.origin())
              .addU64("fromIndex", log.fromIndex())
              .addU64("clockAheadMillis", log.clockAheadMillis())
              .addU64("logseqLeap", log.logseqLeap())
              .add("since", Instant.ofEpochMilli(log.noticedMillis()).toString()));
    }
    return told;
  }

  private static JsonArray peers(PeerBook book, Map<String, FollowStatus> following) {
    JsonArray told = new JsonArray();
    for (Peer peer : book.list()) {
      JsonObject json = PeerCommand.json(book, peer);
      FollowStatus status = following.get(peer.name());
      if (status != null) {
        json.add("state", state(status))
            .add("since", Instant.ofEpochMilli(status.sinceMillis()).toString())
            .add("why", status.why())
            .add("pushes", status.pushes())
            .add("clockAheadMillis", status.clockAheadMillis());
      }
      told.add(json);
    }
    return told;
  }

  static String state(FollowStatus status) {
    return status.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String standing(FollowStatus status) {
    return state(status)
        + " since "
        + Instant.ofEpochMilli(status.sinceMillis())
        + (status.why().isEmpty() ? "" : ": " + status.why())
        + (status.clockAheadMillis() == 0
            ? ""
            : ", its clock is " + status.clockAheadMillis() + " ms ahead");
  }

  private static String cosignerKey(Store store) {
    return CosignerKey.of(store.federation(), store.signingKey().publicKey()).format();
  }

  private static JsonArray cosigners(LogHead head, CosignShelf cosigned) {
    JsonArray told = new JsonArray();
    cosigned
        .cosigners(head.origin())
        .forEach(
            (node, size) ->
                told.add(new JsonObject().addText("node", node).addU64("treeSize", size)));
    return told;
  }

  private static String cosigned(LogHead head, CosignShelf cosigned) {
    Map<NodeId, Long> sizes = cosigned.cosigners(head.origin());
    return sizes.isEmpty()
        ? ""
        : ", cosigned up to "
            + Collections.max(sizes.values())
            + " records by "
            + sizes.size()
            + (sizes.size() == 1 ? " node" : " nodes");
  }

  private static JsonArray heads(List<LogHead> heads, CosignShelf cosigned) {
    JsonArray told = new JsonArray();
    for (LogHead head : heads) {
      told.add(
          new JsonObject()
              .addText("origin", head.origin())
              .addU64("logseq", head.lastLogseq())
              .addU64("treeSize", head.treeSize())
              .add("root", head.root().toHex())
              .add("cosigners", cosigners(head, cosigned)));
    }
    return told;
  }
}
