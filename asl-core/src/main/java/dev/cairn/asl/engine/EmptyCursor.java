package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;

/** A cursor over no row. Stateless. */
enum EmptyCursor implements RowCursor {
  INSTANCE;

  @Override
  public boolean next() {
    return false;
  }

  @Override
  public void seek(Bytes key) {}

  @Override
  public Bytes key() {
    throw new IllegalStateException("at no row");
  }

  @Override
  public Bytes value() {
    throw new IllegalStateException("at no row");
  }

  @Override
  public void close() {}
}
