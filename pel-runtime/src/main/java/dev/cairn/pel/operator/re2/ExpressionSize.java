package dev.cairn.pel.operator.re2;

import java.util.ArrayDeque;

/**
 * Estimates from above how many states RE2 makes of an expression: one for each character or class,
 * as often as the counted repetitions around it say. Reads any text; whether it is an expression is
 * the compiler's to say.
 */
final class ExpressionSize {
  /** Most states. */
  static final int MAX = 10_000;

  private static final int REPEAT_DIGITS_MAX = 4;

  private final String text;
  private int at;
  private final ArrayDeque<Long> outer = new ArrayDeque<>();
  private long group = 1;
  private long last;

  private ExpressionSize(String text) {
    this.text = text;
  }

  /** The estimate, at least 1; anything above {@link #MAX} means "too many". */
  static int of(String text) {
    ExpressionSize size = new ExpressionSize(text);
    while (size.at < text.length()) {
      size.next();
    }
    while (!size.outer.isEmpty()) {
      size.close();
    }
    return (int) Math.min(size.group, MAX + 1);
  }

  private void next() {
    char c = text.charAt(at++);
    switch (c) {
      case '\\' -> escape();
      case '[' -> characterClass();
      case '(' -> {
        outer.push(group);
        group = 2;
        last = 0;
      }
      case ')' -> {
        if (!outer.isEmpty()) {
          close();
        }
      }
      case '{' -> repeat();
      default -> atom(1);
    }
  }

  private void atom(long states) {
    last = states;
    add(states);
  }

  private void add(long states) {
    group = Math.min(group + states, MAX + 1L);
  }

  private void close() {
    long inner = group;
    group = outer.pop();
    atom(inner);
  }

  /** Text between {@code \Q} and {@code \E} stands for itself. */
  private void escape() {
    if (at < text.length() && text.charAt(at) == 'Q') {
      int end = text.indexOf("\\E", at);
      int stop = end < 0 ? text.length() : end;
      add(stop - at);
      at = Math.min(text.length(), stop + 2);
      last = 1;
    } else {
      at++;
      atom(1);
    }
  }

  private void characterClass() {
    boolean first = true;
    if (at < text.length() && text.charAt(at) == '^') {
      at++;
    }
    while (at < text.length() && (first || text.charAt(at) != ']')) {
      first = false;
      if (text.startsWith("[:", at) && text.indexOf(":]", at) > 0) {
        at = text.indexOf(":]", at) + 2;
      } else {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
    }
    at++;
    atom(1);
  }

  /** {@code {n}}, {@code {n,}} or {@code {n,m}}; anything else stands for itself. */
  private void repeat() {
    int low = number();
    int high = low;
    if (low >= 0 && at < text.length() && text.charAt(at) == ',') {
      at++;
      high = Math.max(low + 1, number());
    }
    if (low < 0 || at >= text.length() || text.charAt(at) != '}') {
      atom(1);
      return;
    }
    at++;
    long times = Math.max(1, high);
    add(Math.min(last * (times - 1), MAX + 1L));
    last = Math.min(last * times, MAX + 1L);
  }

  private int number() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      return -1;
    }
    return at - start > REPEAT_DIGITS_MAX ? MAX + 1 : Integer.parseInt(text.substring(start, at));
  }
}
