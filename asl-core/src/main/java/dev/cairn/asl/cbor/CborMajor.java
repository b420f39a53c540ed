package dev.cairn.asl.cbor;

/** Major types and simple values of RFC 8949 section 3 that we use. */
final class CborMajor {
  static final int UNSIGNED = 0;
  static final int NEGATIVE = 1;
  static final int BYTES = 2;
  static final int TEXT = 3;
  static final int ARRAY = 4;
  static final int MAP = 5;

  static final int FALSE = 0xf4;
  static final int TRUE = 0xf5;
  static final int NULL = 0xf6;

  private CborMajor() {}
}
