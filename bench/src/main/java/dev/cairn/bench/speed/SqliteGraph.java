package dev.cairn.bench.speed;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * SQLite with a recursive common table expression over a table of edges by effect, whose primary
 * key holds all that the walk reads; integers for nodes, and 256 MiB of cache.
 */
final class SqliteGraph implements RivalGraph {
  private final Connection connection;
  private final PreparedStatement question;

  private SqliteGraph(Connection connection) throws SQLException {
    this.connection = connection;
    this.question =
        connection.prepareStatement(
            "WITH RECURSIVE reached(node) AS (SELECT ? UNION SELECT cause FROM edge JOIN reached"
                + " ON edge.effect = reached.node) SELECT count(*) FROM reached");
  }

  static SqliteGraph load(Dag dag, Path folder) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("sqlite"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=OFF");
      statement.execute("PRAGMA cache_size=-262144");
      statement.execute(
          "CREATE TABLE edge (effect INTEGER, cause INTEGER, number INTEGER,"
              + " PRIMARY KEY (effect, cause, number)) WITHOUT ROWID");
    }
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO edge VALUES (?, ?, ?)")) {
      for (int i = 0; i < dag.edges(); i++) {
        insert.setInt(1, dag.to(i));
        insert.setInt(2, dag.from(i));
        insert.setInt(3, i);
        insert.execute();
      }
    }
    connection.commit();
    return new SqliteGraph(connection);
  }

  @Override
  public long ancestors(int node) throws SQLException {
    question.setInt(1, node);
    try (ResultSet answer = question.executeQuery()) {
      answer.next();
      return answer.getLong(1);
    }
  }

  @Override
  public void close() {
    try {
      question.close();
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("closing SQLite", e);
    }
  }
}
