package dev.cairn.cli.imports.json;

/** The JSON value {@code null}. */
public enum JsonNull {
  /** The only one. */
  NULL
}
