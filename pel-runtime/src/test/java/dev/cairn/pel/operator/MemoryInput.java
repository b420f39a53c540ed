package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.ArtifactList;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An input in memory; a list has its items with it. */
public record MemoryInput(
    @Nullable TypeTag tag, Bytes payload, @Nullable String label, List<OperatorInput> items)
    implements OperatorInput {
  public static MemoryInput text(String text) {
    return new MemoryInput(new TypeTag("text/plain"), Bytes.utf8(text), null, List.of());
  }

  public static MemoryInput bytes(Bytes payload) {
    return new MemoryInput(null, payload, null, List.of());
  }

  public static MemoryInput list(OperatorInput... inputs) {
    List<ArtifactList.Item> items = new ArrayList<>();
    for (OperatorInput input : inputs) {
      items.add(new ArtifactList.Item(input.key(), null));
    }
    Bytes payload = new ArtifactList(items).encode();
    return new MemoryInput(ArtifactList.TYPE, payload, null, List.of(inputs));
  }

  @Override
  public ArtifactKey key() {
    return ArtifactKey.of(payload, tag);
  }

  @Override
  public long length() {
    return payload.length();
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(payload.toArray());
  }

  @Override
  public InputStream open(long from, long to) {
    return new ByteArrayInputStream(payload.slice((int) from, (int) to).toArray());
  }

  @Override
  public Bytes read() {
    return payload;
  }

  @Override
  public boolean isList() {
    return ArtifactList.TYPE.equals(tag);
  }

  @Override
  public List<OperatorInput> items() {
    try {
      ArtifactList.decode(payload);
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-list", String.valueOf(e.getMessage()));
    }
    return items;
  }
}
