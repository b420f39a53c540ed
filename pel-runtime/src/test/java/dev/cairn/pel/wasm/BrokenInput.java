package dev.cairn.pel.wasm;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.operator.OperatorInput;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** An input that cannot be read. */
record BrokenInput(OperatorInput named) implements OperatorInput {
  @Override
  public ArtifactKey key() {
    return named.key();
  }

  @Override
  public String label() {
    return named.label();
  }

  @Override
  public TypeTag tag() {
    return named.tag();
  }

  @Override
  public long length() {
    return named.length();
  }

  @Override
  public InputStream open() throws IOException {
    throw new IOException("the disk is on fire");
  }

  @Override
  public InputStream open(long from, long to) throws IOException {
    return open();
  }

  @Override
  public Bytes read() throws IOException {
    open().close();
    return Bytes.EMPTY;
  }

  @Override
  public boolean isList() {
    return false;
  }

  @Override
  public List<OperatorInput> items() {
    return List.of();
  }
}
