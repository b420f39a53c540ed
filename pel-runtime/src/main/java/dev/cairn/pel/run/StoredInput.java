package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An operator's input over a run's {@link Material}; looked up when first asked about. */
final class StoredInput implements OperatorInput {
  private final Material material;
  private final Reading reading;
  private final ArtifactKey key;
  private final @Nullable String label;
  private @Nullable ArtifactId found;
  private boolean wasRead;

  /**
   * @param reading what the operator has read besides
   */
  StoredInput(Material material, Reading reading, ArtifactKey key, @Nullable String label) {
    this.material = material;
    this.reading = reading;
    this.key = key;
    this.label = label;
  }

  /** Every access passes here, so a cancelled run ends at the operator's next one. */
  private ArtifactId id() {
    if (Thread.currentThread().isInterrupted()) {
      throw new UnavailableException("the run was cancelled");
    }
    ArtifactId id = found;
    if (id == null) {
      id = material.identify(key);
      found = id;
    }
    return id;
  }

  @Override
  public ArtifactKey key() {
    return key;
  }

  @Override
  public @Nullable String label() {
    return label;
  }

  @Override
  public @Nullable TypeTag tag() {
    return id().tag();
  }

  @Override
  public long length() {
    return id().payloadLength();
  }

  @Override
  public InputStream open() {
    ArtifactId id = id();
    return counted(() -> material.open(id));
  }

  @Override
  public InputStream open(long from, long to) {
    ArtifactId id = id();
    return counted(() -> material.open(id, from, to));
  }

  private InputStream counted(Supplier<InputStream> payload) {
    reading.part().work(Meter.OPENING);
    return new MeteredStream(payload.get(), reading.part());
  }

  @Override
  public Bytes read() {
    ArtifactId id = id();
    material.checkReadable(id);
    if (!wasRead) {
      reading.takes(id.payloadLength());
      wasRead = true;
    }
    reading.part().work(Meter.OPENING);
    reading.part().bytes(id.payloadLength());
    return material.read(id);
  }

  @Override
  public boolean isList() {
    return ArtifactList.TYPE.equals(tag());
  }

  @Override
  public List<OperatorInput> items() {
    if (!isList()) {
      throw new IllegalArgumentException("not a list: " + key);
    }
    List<OperatorInput> items = new ArrayList<>();
    for (ArtifactList.Item item : list().items()) {
      items.add(new StoredInput(material, reading, item.key(), item.label()));
    }
    return items;
  }

  private ArtifactList list() {
    Bytes payload = read();
    try {
      return ArtifactList.decode(payload);
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-list", String.valueOf(e.getMessage()));
    }
  }
}
