package dev.cairn.pel.operator;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.model.TypeTag;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An operator's parameters, which {@link OperatorSpec} has checked: asking for one as another kind
 * than it was declared is an {@link IllegalArgumentException}.
 *
 * @param values by name
 */
public record Parameters(CborValue.Dict values) {
  /** True if the parameter was given. */
  public boolean has(String name) {
    return values.entries().containsKey(name);
  }

  /** A string that the {@link OperatorSpec} requires. */
  public String requiredText(String name) {
    String value = text(name);
    if (value == null) {
      throw new IllegalArgumentException("parameter " + name + " is not given");
    }
    return value;
  }

  /** A string, or null if it was not given. */
  public @Nullable String text(String name) {
    CborValue value = values.entries().get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof CborValue.Text text) {
      return text.value();
    }
    throw new IllegalArgumentException("parameter " + name + " is no string");
  }

  /** An integer, or {@code otherwise} if it was not given. */
  public long integer(String name, long otherwise) {
    CborValue value = values.entries().get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof CborValue.Int number) {
      return number.value();
    }
    throw new IllegalArgumentException("parameter " + name + " is no integer");
  }

  /** True or false, or {@code otherwise} if it was not given. */
  public boolean bool(String name, boolean otherwise) {
    CborValue value = values.entries().get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof CborValue.Bool bool) {
      return bool.value();
    }
    throw new IllegalArgumentException("parameter " + name + " is neither true nor false");
  }

  /** A map, empty if it was not given. */
  public CborValue.Dict map(String name) {
    CborValue value = values.entries().get(name);
    if (value == null) {
      return new CborValue.Dict(new TreeMap<>());
    }
    if (value instanceof CborValue.Dict map) {
      return map;
    }
    throw new IllegalArgumentException("parameter " + name + " is no map");
  }

  /** A list of strings, empty if it was not given. */
  public List<String> texts(String name) {
    CborValue value = values.entries().get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof CborValue.Array array) {
      return array.items().stream().map(item -> ((CborValue.Text) item).value()).toList();
    }
    throw new IllegalArgumentException("parameter " + name + " is no list");
  }

  /**
   * A type for the output, or null if it was not given.
   *
   * @throws OperatorFailure if it is no type tag, or one that {@link OperatorOutput} may not have
   */
  public @Nullable TypeTag typeTag(String name) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    try {
      TypeTag tag = new TypeTag(text);
      OperatorOutput.checkType(tag);
      return tag;
    } catch (dev.cairn.asl.error.MalformedException e) {
      throw new OperatorFailure("bad-parameter", name + ": " + e.getMessage());
    }
  }
}
