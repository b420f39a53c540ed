package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.TypeTag;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a type tag from the command line. */
final class TypeTagConverter implements ITypeConverter<TypeTag> {
  @Override
  public TypeTag convert(String text) {
    try {
      return new TypeTag(text);
    } catch (MalformedException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
