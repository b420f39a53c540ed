package dev.cairn.asl.store;

import java.util.List;

/**
 * Some commits of a log, where to go on, and why it ends.
 *
 * @param commits in order; may be empty
 * @param next behind the last of them
 * @param end why there are no more of them
 */
public record LogPage(List<LogCommit> commits, LogPosition next, PageEnd end) {
  public LogPage {
    commits = List.copyOf(commits);
  }

  LogPage because(PageEnd reason) {
    return new LogPage(commits, next, reason);
  }
}
