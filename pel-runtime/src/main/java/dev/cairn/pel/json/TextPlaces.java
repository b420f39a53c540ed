package dev.cairn.pel.json;

import java.util.HashMap;
import java.util.Map;

/**
 * Where the values of a text stand, by their JSON pointers: a member where its name stands, an item
 * where it begins. Remembers the first {@value #PLACES_MAX}; what comes later, and what is missing,
 * stands at what is around it. One owner at a time.
 */
public final class TextPlaces {
  /** Most places remembered. */
  public static final int PLACES_MAX = 200_000;

  /**
   * A place in a text.
   *
   * @param line from 1
   * @param column from 1
   */
  public record Place(long line, long column) {
    @Override
    public String toString() {
      return "line " + line + ", column " + column;
    }
  }

  private final Map<String, Place> places = new HashMap<>();

  /** Nothing remembered. */
  public TextPlaces() {}

  /** Remembers where a value stands, unless that is known: line and column count from 1. */
  public void add(String pointer, long line, long column) {
    if (places.size() < PLACES_MAX) {
      places.putIfAbsent(pointer, new Place(line, column));
    }
  }

  /** Where a value stands, or else the nearest around it that is known; the beginning at last. */
  public Place find(String pointer) {
    String at = pointer;
    while (true) {
      Place place = places.get(at);
      if (place != null) {
        return place;
      }
      int end = at.lastIndexOf('/');
      if (end < 0) {
        return new Place(1, 1);
      }
      at = at.substring(0, end);
    }
  }

  /** The pointer with its place in brackets, for messages: {@code /nodes/a (line 3, column 5)}. */
  public String show(String pointer) {
    return shown(pointer, find(pointer));
  }

  /** A pointer with a place in brackets. */
  static String shown(String pointer, Place place) {
    return (pointer.isEmpty() ? "/" : pointer) + " (" + place + ")";
  }

  /** The pointer with another place than the remembered one. */
  public static String show(String pointer, long line, long column) {
    return shown(pointer, new Place(line, column));
  }
}
