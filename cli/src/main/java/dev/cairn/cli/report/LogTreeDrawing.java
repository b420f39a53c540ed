package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.federation.audit.Disagreement;
import dev.cairn.federation.audit.Disagreement.Fork;
import dev.cairn.federation.audit.Disagreement.LogPair;
import dev.cairn.federation.audit.Disagreement.Subtree;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The trees of a log on two sides as SVG, from the roots down to the first record that differs.
 *
 * <pre>
 *        root  ≠  root
 *       /    \    /   \       a row for each fork: the half that agrees is left alone,
 *     [=]   [≠]  [=]  [≠]     the descent goes on in the other
 *          /  \      /  \
 *        ...        ...
 *       record     record
 * </pre>
 */
final class LogTreeDrawing {
  /** Most forks drawn: the first and the last of more. */
  static final int FORKS_MAX = 12;

  private static final int FIRST_FORKS = 3;
  private static final int BOX_WIDTH = 166;
  private static final int BOX_HEIGHT = 42;
  private static final int BOX_GAP = 8;
  private static final int TREE_WIDTH = 2 * BOX_WIDTH + BOX_GAP;
  private static final int TREE_GAP = 44;
  private static final int ROW = 66;
  private static final int TOP = 30;
  private static final int RECORD_HEIGHT = 96;
  private static final int MARGIN = 4;
  private static final int WIDTH = 2 * TREE_WIDTH + TREE_GAP + 2 * MARGIN;
  private static final int HASH_DIGITS = 16;
  private static final int NAME_CHARACTERS = 34;

  private final Disagreement told;
  private final String id;
  private final HtmlText out;

  private LogTreeDrawing(Disagreement told, String id, HtmlText out) {
    this.told = told;
    this.id = id;
    this.out = out;
  }

  /**
   * Draws.
   *
   * @param id begins the ids of elements, which must be the page's only ones
   */
  static void draw(Disagreement told, String id, HtmlText out) {
    new LogTreeDrawing(told, id, out).draw();
  }

  private void draw() {
    List<Fork> forks = told.descent();
    int leftOut = Math.max(0, forks.size() - FORKS_MAX);
    int drawn = forks.size() - leftOut + (leftOut == 0 ? 0 : 1);
    int height = TOP + (drawn + 1) * ROW + RECORD_HEIGHT + 8;
    Svg.open(
        out,
        id,
        WIDTH,
        height,
        "The log's tree in both sources, from the root to the first record that differs",
        "Each row is a level of the tree in the left and in the right source. Halves marked = are "
            + "the same in both, those marked ≠ differ. The way down ends at record "
            + told.first().index()
            + ".");
    side(MARGIN, true, leftOut);
    side(MARGIN + TREE_WIDTH + TREE_GAP, false, leftOut);
    for (int row = 0; row <= drawn; row++) {
      Svg.text(out, WIDTH / 2, TOP + row * ROW + 27, "sign", "≠");
    }
    out.raw("</svg>\n");
  }

  private void side(int x, boolean left, int leftOut) {
    Svg.text(
        out,
        x + TREE_WIDTH / 2,
        18,
        "name",
        (left ? "left: " : "right: ")
            + HtmlText.cut(left ? told.left() : told.right(), NAME_CHARACTERS));
    int parent = x + TREE_WIDTH / 2;
    int y = TOP;
    List<Fork> forks = told.descent();
    for (int i = 0; i < forks.size(); i++) {
      if (leftOut > 0 && i == FIRST_FORKS) {
        y += ROW;
        Svg.line(out, parent, y - ROW + BOX_HEIGHT, parent, y + BOX_HEIGHT, "path dashed");
        Svg.text(out, x + TREE_WIDTH / 2, y + 25, "", "… " + leftOut + " levels");
        i += leftOut;
      }
      y += ROW;
      parent = fork(forks.get(i), x, parent, y, left);
    }
    root(x, left);
    Svg.line(out, parent, y + BOX_HEIGHT, x + TREE_WIDTH / 2, y + ROW, "path");
    record(x, y + ROW, left ? told.leftRecord() : told.rightRecord());
  }

  private void root(int x, boolean left) {
    LogPair log = log();
    long size = log == null ? 0 : left ? log.leftSize() : log.rightSize();
    Bytes root = log == null ? null : left ? log.leftRoot() : log.rightRoot();
    int from = x + (TREE_WIDTH - BOX_WIDTH) / 2;
    box(
        from,
        TOP,
        root == null ? "absent" : "differs",
        "root over " + size,
        root == null ? "no record" : hash(root));
  }

  private @Nullable LogPair log() {
    return told.logs().stream()
        .filter(log -> log.origin().equals(told.first().origin()))
        .findFirst()
        .orElse(null);
  }

  /** Draws two halves and returns where the descent goes on. */
  private int fork(Fork fork, int x, int parent, int y, boolean left) {
    half(fork.lower(), fork.differsInLower(), x, parent, y, left);
    half(fork.upper(), !fork.differsInLower(), x + BOX_WIDTH + BOX_GAP, parent, y, left);
    return x + (fork.differsInLower() ? 0 : BOX_WIDTH + BOX_GAP) + BOX_WIDTH / 2;
  }

  private void half(Subtree half, boolean taken, int x, int parent, int y, boolean left) {
    Bytes hash = left ? half.left() : half.right();
    Svg.line(
        out,
        parent,
        y - ROW + BOX_HEIGHT,
        x + BOX_WIDTH / 2,
        y,
        taken ? "path" : hash == null ? "dashed" : "");
    String kind = half.agrees() ? "same" : hash == null ? "absent" : "differs";
    String sign = half.agrees() ? "= " : "≠ ";
    box(
        x,
        y,
        taken && hash != null ? "differs taken" : kind,
        sign + range(half),
        hash == null ? "nothing held" : hash(hash));
  }

  private static String range(Subtree half) {
    return Words.range(half.from(), half.to());
  }

  private static String hash(Bytes hash) {
    return hash.toHex().substring(0, HASH_DIGITS) + "…";
  }

  private void box(int x, int y, String kind, String first, String second) {
    Svg.box(out, x, y, BOX_WIDTH, BOX_HEIGHT, kind);
    Svg.text(out, x + BOX_WIDTH / 2, y + 17, "", first);
    Svg.text(out, x + BOX_WIDTH / 2, y + 34, "code", second);
  }

  private void record(int x, int y, @Nullable LogRecord record) {
    Svg.box(
        out, x, y, TREE_WIDTH, RECORD_HEIGHT, record == null ? "absent" : "differs taken record");
    int middle = x + TREE_WIDTH / 2;
    Svg.text(out, middle, y + 20, "name", "record " + told.first().index());
    if (record == null) {
      Svg.text(out, middle, y + 50, "", "nothing held");
      return;
    }
    Svg.text(out, middle, y + 40, "", Words.kind(record.kind()) + " at logseq " + record.logseq());
    Svg.text(out, middle, y + 60, "code", "id " + hash(record.id().digest()));
    Svg.text(out, middle, y + 80, "code", "payload " + hash(record.payloadDigest().digest()));
  }
}
