package dev.cairn.bench.speed;

import com.kuzudb.Connection;
import com.kuzudb.Database;
import com.kuzudb.QueryResult;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Kuzu, an embedded graph database, with its shortest-path walk and one thread. */
final class KuzuGraph implements RivalGraph {
  private static final int DEPTH_MAX = 64;

  private final Database database;
  private final Connection connection;

  private KuzuGraph(Database database) {
    this.database = database;
    this.connection = new Connection(database);
    connection.setMaxNumThreadForExec(1);
  }

  static KuzuGraph load(Dag dag, Path folder) throws IOException {
    Path nodes = folder.resolve("nodes.csv");
    Path edges = folder.resolve("edges.csv");
    try (BufferedWriter out = Files.newBufferedWriter(nodes, StandardCharsets.US_ASCII)) {
      for (int i = 0; i < dag.nodes(); i++) {
        out.write(i + "\n");
      }
    }
    try (BufferedWriter out = Files.newBufferedWriter(edges, StandardCharsets.US_ASCII)) {
      for (int i = 0; i < dag.edges(); i++) {
        out.write(dag.from(i) + "," + dag.to(i) + "\n");
      }
    }
    KuzuGraph graph = new KuzuGraph(new Database(folder.resolve("kuzu").toString()));
    graph.run("CREATE NODE TABLE Node(id INT64, PRIMARY KEY(id))");
    graph.run("CREATE REL TABLE Leads(FROM Node TO Node)");
    graph.run("COPY Node FROM '" + nodes + "'");
    graph.run("COPY Leads FROM '" + edges + "'");
    graph.run("CALL var_length_extend_max_depth=" + DEPTH_MAX);
    return graph;
  }

  private void run(String statement) {
    try (QueryResult result = connection.query(statement)) {
      check(result);
    }
  }

  private static void check(QueryResult result) {
    if (!result.isSuccess()) {
      throw new IllegalStateException(result.getErrorMessage());
    }
  }

  @Override
  public long ancestors(int node) {
    try (QueryResult result =
        connection.query(
            "MATCH (a:Node)<-[e:Leads* SHORTEST 1.."
                + DEPTH_MAX
                + "]-(b:Node) WHERE a.id = "
                + node
                + " RETURN count(b)")) {
      check(result);
      Long others = result.getNext().getValue(0).getValue();
      return others + 1;
    }
  }

  @Override
  public void close() {
    connection.close();
    database.close();
  }
}
