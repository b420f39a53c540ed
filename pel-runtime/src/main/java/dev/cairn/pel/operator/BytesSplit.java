package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code bytes/split@1}: the payload cut into parts of one size, the last may be shorter, or at
 * each separator, which belongs to no part; as a list without labels.
 *
 * <p>An empty payload has no part. With a separator, what is behind the last one is a part unless
 * it is empty, so that a text whose lines all end has as many parts as lines.
 */
final class BytesSplit extends BuiltIn {
  BytesSplit() {
    super(
        "bytes/split@1",
        new OperatorSpec(
            "The payload in parts, as a list.",
            1,
            1,
            List.of(
                new Parameter("size", Kind.INTEGER, false, "bytes of a part"),
                new Parameter("separator", Kind.TEXT, false, "where to cut instead"),
                new Parameter("hex", Kind.TEXT, false, "the separator in hex digits"),
                new Parameter("type", Kind.TEXT, false, "type of the parts; none if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    Bytes separator = ByteSearch.pattern(parameters, "separator", "hex");
    if ((separator == null) != parameters.has("size")) {
      throw new OperatorFailure("bad-parameter", "either size or a separator has to be given");
    }
    if (parameters.integer("size", 1) < 1) {
      throw new OperatorFailure("bad-parameter", "size is not positive");
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    OperatorInput input = context.inputs().get(0);
    Bytes separator = ByteSearch.pattern(parameters, "separator", "hex");
    Parts parts = new Parts(context.host(), parameters.typeTag("type"), input);
    if (separator == null) {
      parts.cutBySize(parameters.integer("size", 1));
    } else {
      parts.cutAt(new ByteSearch(separator));
    }
    return OperatorOutput.of(ArtifactList.TYPE, new ArtifactList(parts.items).encode());
  }

  /** The parts made so far. */
  private static final class Parts {
    private static final int BUFFER_BYTES = 1 << 16;

    private final OperatorHost host;
    private final @Nullable TypeTag type;
    private final OperatorInput input;
    private final List<ArtifactList.Item> items = new ArrayList<>();

    Parts(OperatorHost host, @Nullable TypeTag type, OperatorInput input) {
      this.host = host;
      this.type = type;
      this.input = input;
    }

    void cutBySize(long size) throws IOException {
      long length = input.length();
      long count = length / size + (length % size == 0 ? 0 : 1);
      if (count > ArtifactList.ITEMS_MAX) {
        throw tooMany();
      }
      try (InputStream payload = input.open()) {
        for (long at = 0; at < length; at += size) {
          add(new StreamPart(payload, Math.min(size, length - at)));
        }
      }
    }

    /**
     * Two readers of one payload: one looks for the separators, the other takes what is between.
     */
    void cutAt(ByteSearch search) throws IOException {
      byte[] buffer = new byte[BUFFER_BYTES];
      long base = 0;
      long start = 0;
      try (InputStream ahead = input.open();
          InputStream payload = input.open()) {
        for (int read = ahead.read(buffer); read >= 0; read = ahead.read(buffer)) {
          for (int at = search.next(buffer, 0, read); at >= 0; at = search.next(buffer, at, read)) {
            long end = base + at - search.patternBytes();
            add(new StreamPart(payload, end - start));
            payload.skipNBytes(search.patternBytes());
            start = base + at;
          }
          base += read;
        }
        if (start < base) {
          add(new StreamPart(payload, base - start));
        }
      }
    }

    private void add(InputStream part) throws IOException {
      if (items.size() == ArtifactList.ITEMS_MAX) {
        throw tooMany();
      }
      items.add(new ArtifactList.Item(host.make(new OperatorOutput(type, part)).key(), null));
    }

    private static OperatorFailure tooMany() {
      return new OperatorFailure(
          "too-many-items", "more than " + ArtifactList.ITEMS_MAX + " parts");
    }
  }
}
