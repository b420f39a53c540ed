package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.Application;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.Parameters;
import dev.cairn.pel.operator.SnapshotGraph;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of operators that read a format: an output or a refusal, and twice the same.
 * Either may be cut short by the work that the input is worth.
 */
final class Operated {
  private static final long WORK_MAX = 200_000_000;
  private static final int OUTPUT_BYTES_MAX = 1 << 22;

  /** What the first byte of an input chooses among. */
  private static final List<String> ALL =
      List.of(
          "tar/list@1",
          "zip/list@1",
          "tar/extract@1",
          "zip/extract@1",
          "zstd/decompress@1",
          "csv/json@1",
          "json/canonical@1");

  /** How many there are. */
  static final int OPERATORS = ALL.size();

  private Operated() {}

  /** A decoder: the first byte chooses the operator, the rest is its input. */
  static void check(byte[] input) {
    if (input.length == 0) {
      return;
    }
    OperatorId id = OperatorId.parse(ALL.get(Math.floorMod(input[0], OPERATORS)));
    Operator operator = OperatorRegistry.builtIn().find(id).orElseThrow();
    Material material = new Material(null, Bytes.wrap(input).slice(1));
    String first = outcome(operator, material);
    String second = outcome(operator, material);
    if (!first.equals(second)) {
      throw new AssertionError(id + " has two outcomes: " + first + " and " + second);
    }
  }

  private static String outcome(Operator operator, Material material) {
    Parameters parameters = new Parameters(new CborValue.Dict(new TreeMap<>()));
    Host host = new Host();
    try {
      operator.check(parameters);
      OperatorOutput output =
          operator.run(new OperatorContext(List.of(material), parameters, host));
      return output.tag() + " " + host.read(output).toHex();
    } catch (Refusal refused) {
      return refused.code() + ": " + refused.getMessage();
    } catch (CairnException failed) {
      return "failed: " + failed.getMessage();
    } catch (IOException e) {
      throw new AssertionError("nothing here fails to be read", e);
    }
  }

  /** Takes what an operator makes, as long as it does not work for ever. */
  private static final class Host implements OperatorHost {
    private long work;

    Bytes read(OperatorOutput output) throws IOException {
      try (InputStream payload = output.payload()) {
        byte[] bytes = payload.readNBytes(OUTPUT_BYTES_MAX);
        if (bytes.length == OUTPUT_BYTES_MAX) {
          throw new UnavailableException("too long an output for this");
        }
        return Bytes.wrap(bytes);
      }
    }

    @Override
    public OperatorInput make(OperatorOutput output) throws IOException {
      return new Material(output.tag(), read(output));
    }

    @Override
    public OperatorInput apply(Application application) {
      throw new AssertionError("none of them applies another");
    }

    @Override
    public SnapshotGraph graph(Snapshot snapshot) {
      throw new AssertionError("none of them reads a graph");
    }

    @Override
    public void works(long units) {
      if (units < 0) {
        throw new AssertionError("work of " + units);
      }
      if (units > workLeft()) {
        throw new UnavailableException("too much work for this");
      }
      work += units;
    }

    @Override
    public long workLeft() {
      return WORK_MAX - work;
    }
  }

  /** An input in memory. */
  private record Material(@Nullable TypeTag tag, Bytes payload) implements OperatorInput {
    @Override
    public ArtifactKey key() {
      return ArtifactKey.of(payload, tag);
    }

    @Override
    public @Nullable String label() {
      return null;
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
      return new ByteArrayInputStream(
          payload.slice(Math.toIntExact(from), Math.toIntExact(to)).toArray());
    }

    @Override
    public Bytes read() {
      return payload;
    }

    @Override
    public boolean isList() {
      return false;
    }

    @Override
    public List<OperatorInput> items() {
      throw new OperatorFailure("bad-list", "no list");
    }
  }
}
