package dev.cairn.cli.command;

/** What a command does with its store, which says how the store is opened. */
enum Access {
  /**
   * It changes what the store holds: nobody else may have the store open, and no backup will do.
   */
  WRITE,

  /**
   * It changes nothing that was asked for, but keeps what it works out, a state tree or a signature
   * of the own log's end, if the store can be written to. It works beside another process that has
   * the store open, and on a backup.
   */
  READ,

  /**
   * It only looks at rows that are there. As {@link #READ}, but the store is opened in less time,
   * and nothing is written unless a crash left something to put in order, or an index is of an
   * earlier version.
   */
  LOOK
}
