package dev.cairn.tgk.plan;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** A named property of a row. Absent where a row has no such property. */
public enum Field {
  /** The artifact's key. */
  KEY("key", Kind.KEY, 1),
  /** Edges on a shortest way from a start of the walk; of an edge, those before it. */
  DEPTH("depth", Kind.COUNT, 2),
  /** The edge by which a path reached the row. */
  VIA("via", Kind.KEY, 3),
  /** Type of that edge. */
  VIA_TYPE("viaType", Kind.TEXT, 4),
  /** {@code artifact}, {@code edge} or {@code receipt}. */
  KIND("kind", Kind.WORD, 5),
  /** The artifact's type tag. */
  TYPE("type", Kind.TEXT, 6),
  /** Bytes of the payload. */
  SIZE("size", Kind.NUMBER, 7),
  /** SHA-256 of the payload. */
  PAYLOAD_DIGEST("payloadDigest", Kind.HEX, 8),
  /** Of an edge: its type. */
  EDGE_TYPE("edgeType", Kind.TEXT, 9),
  /** Of an edge: its causes. */
  FROM("from", Kind.ENDS, 10),
  /** Of an edge: its effects. */
  TO("to", Kind.ENDS, 11),
  /** Of an edge: the roles of its ends; can be asked for but not shown. */
  ROLE("role", Kind.ROLE, 12),
  /** Of an edge: the artifact that says more about it. */
  PAYLOAD("payload", Kind.KEY, 13),
  /**
   * What its latest put counts for: {@code live}, {@code shadowed}, {@code retracted}, {@code
   * absent}.
   */
  STATE("state", Kind.WORD, 14),
  /** Logseq of the latest put. */
  LOGSEQ("logseq", Kind.NUMBER, 15),
  /** Clock of the latest put's record. */
  TIME("time", Kind.TIME, 16),
  /** Whose log that record stands in. */
  ORIGIN("origin", Kind.HEX, 17),
  /** How many rows fell together. */
  COUNT("count", Kind.COUNT, 18);

  /** What the values of a field are, and so how they are compared and asked for. */
  public enum Kind {
    /** Artifact keys, asked for by the beginning of their hex digits. */
    KEY,
    /** Text that begins with hex digits, asked for by them. */
    HEX,
    /** Any text, asked for whole or by its beginning. */
    TEXT,
    /** One of a few words. */
    WORD,
    /** Endpoints, asked for by the beginning of a key. */
    ENDS,
    /** Roles of endpoints, asked for as text. */
    ROLE,
    /** A number of up to 64 bits, in JSON a string. */
    NUMBER,
    /** A small number, in JSON a number. */
    COUNT,
    /** Milliseconds since 1970, shown as an instant. */
    TIME
  }

  private static final Set<String> KINDS = Set.of("artifact", "edge", "receipt");
  private static final Set<String> STATES = Set.of("live", "shadowed", "retracted", "absent");

  private final String text;
  private final Kind kind;
  private final int code;

  Field(String text, Kind kind, int code) {
    this.text = text;
    this.kind = kind;
    this.code = code;
  }

  /** A small number of its own, for scratch files. */
  public int code() {
    return code;
  }

  /** The field of this number. */
  public static Field byCode(int code) {
    for (Field field : values()) {
      if (field.code == code) {
        return field;
      }
    }
    throw new IllegalArgumentException("no field has the number " + code);
  }

  /** The name in all forms of plans and in rows. */
  public String text() {
    return text;
  }

  /** What its values are. */
  public Kind kind() {
    return kind;
  }

  /** True if rows can show it. */
  public boolean isShown() {
    return kind != Kind.ROLE;
  }

  /** True if rows can be grouped by it. */
  public boolean isGroupable() {
    return kind != Kind.ROLE && kind != Kind.ENDS;
  }

  /** True if rows can be ranked by it. */
  public boolean isRankable() {
    return kind == Kind.NUMBER || kind == Kind.COUNT || kind == Kind.TIME;
  }

  /** The words that a field of {@link Kind#WORD} can hold. */
  boolean knows(String word) {
    return this == KIND ? KINDS.contains(word) : STATES.contains(word);
  }

  /** The field of this name. */
  public static Field parse(String name) {
    for (Field field : values()) {
      if (field.text.equals(name)) {
        return field;
      }
    }
    throw new IllegalArgumentException("no field is named " + Quote.of(name));
  }

  static Set<Field> setOf(Field first, Field... more) {
    return Collections.unmodifiableSet(EnumSet.of(first, more));
  }

  @Override
  public String toString() {
    return text;
  }
}
