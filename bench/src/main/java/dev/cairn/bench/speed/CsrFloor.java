package dev.cairn.bench.speed;

/**
 * The floor of walks: breadth-first over the causes of each node in plain arrays on the heap, in
 * the numbers that the graph was made with. One owner.
 */
final class CsrFloor {
  private final int[] starts;
  private final int[] causes;
  private final int[] seen;
  private final int[] queue;
  private int round;
  private int nodes;

  CsrFloor(Dag dag) {
    starts = new int[dag.nodes() + 1];
    causes = new int[dag.edges()];
    seen = new int[dag.nodes()];
    queue = new int[dag.nodes()];
    for (int i = 0; i < dag.edges(); i++) {
      starts[dag.to(i) + 1]++;
    }
    for (int node = 0; node < dag.nodes(); node++) {
      starts[node + 1] += starts[node];
    }
    int[] next = starts.clone();
    for (int i = 0; i < dag.edges(); i++) {
      causes[next[dag.to(i)]++] = dag.from(i);
    }
  }

  /** Walks to all ancestors; how many edges there were. */
  long ancestors(int start) {
    round++;
    long edges = 0;
    int size = 0;
    queue[size++] = start;
    seen[start] = round;
    for (int i = 0; i < size; i++) {
      int end = starts[queue[i] + 1];
      int from = starts[queue[i]];
      edges += end - from;
      for (int j = from; j < end; j++) {
        int cause = causes[j];
        if (seen[cause] != round) {
          seen[cause] = round;
          queue[size++] = cause;
        }
      }
    }
    nodes = size;
    return edges;
  }

  /** How many nodes the last walk reached, the start included. */
  int nodes() {
    return nodes;
  }
}
