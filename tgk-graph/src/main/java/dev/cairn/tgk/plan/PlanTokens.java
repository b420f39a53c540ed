package dev.cairn.tgk.plan;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.tgk.json.JsonParser;
import java.util.ArrayList;
import java.util.List;

/** The words and marks of a plan's text form, with their places. One owner at a time. */
final class PlanTokens {
  private static final String MARKS = "|();,=";

  /** What a token is. */
  enum Type {
    WORD,
    QUOTED,
    MARK,
    END
  }

  /**
   * A word or mark.
   *
   * @param type what it is
   * @param text its meaning: of a quoted text, what stands in the quotes
   * @param at where it begins
   */
  record Token(Type type, String text, int at) {
    boolean isMark(String mark) {
      return type == Type.MARK && text.equals(mark);
    }

    boolean isWord(String word) {
      return type == Type.WORD && text.equals(word);
    }

    /** How messages name it. */
    String shown() {
      return type == Type.END ? "the end" : Quote.of(text);
    }
  }

  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int next;

  PlanTokens(String text) {
    this.text = text;
    int at = 0;
    while (at < text.length()) {
      at = read(at);
    }
    tokens.add(new Token(Type.END, "", text.length()));
  }

  private int read(int at) {
    char c = text.charAt(at);
    if (Character.isWhitespace(c)) {
      return at + 1;
    }
    if (c == '#') {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end;
    }
    if (c == '"') {
      JsonParser.Quoted quoted = JsonParser.quoted("plan", text, at);
      tokens.add(new Token(Type.QUOTED, quoted.value(), at));
      return quoted.end();
    }
    if (c == '!' && text.startsWith("!=", at)) {
      tokens.add(new Token(Type.MARK, "!=", at));
      return at + 2;
    }
    if (MARKS.indexOf(c) >= 0) {
      tokens.add(new Token(Type.MARK, String.valueOf(c), at));
      return at + 1;
    }
    if (c < 0x21 || c > 0x7e) {
      throw mistake(at, "a character that stands in quotes only");
    }
    int end = at;
    while (end < text.length() && isBare(text.charAt(end))) {
      end++;
    }
    if (end == at) {
      throw mistake(at, "a character that stands in quotes only");
    }
    tokens.add(new Token(Type.WORD, text.substring(at, end), at));
    return end;
  }

  /** True if a character can stand in a text without quotes. */
  static boolean isBare(char c) {
    return c > 0x20 && c <= 0x7e && MARKS.indexOf(c) < 0 && c != '"' && c != '!' && c != '#';
  }

  /** The next token; it stays next. */
  Token peek() {
    return tokens.get(next);
  }

  /** The token behind the next one. */
  Token peekSecond() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  /** Takes the next token. */
  Token take() {
    Token token = tokens.get(next);
    next = Math.min(next + 1, tokens.size() - 1);
    return token;
  }

  /** True if no white space lies between a token and the one that was taken last. */
  boolean isRightBehind(Token token) {
    return token.at() > 0 && text.charAt(token.at() - 1) == '"';
  }

  /** Takes the next token if it is this mark. */
  boolean takeMark(String mark) {
    boolean there = peek().isMark(mark);
    if (there) {
      take();
    }
    return there;
  }

  /** Takes the next token if it is this word. */
  boolean takeWord(String word) {
    boolean there = peek().isWord(word);
    if (there) {
      take();
    }
    return there;
  }

  /** Takes this mark, which must be next. */
  void requireMark(String mark) {
    if (!takeMark(mark)) {
      throw mistake(peek(), "'" + mark + "' must stand here, not " + peek().shown());
    }
  }

  /** Takes this word, which must be next. */
  void requireWord(String word) {
    if (!takeWord(word)) {
      throw mistake(peek(), "'" + word + "' must stand here, not " + peek().shown());
    }
  }

  /** Takes a word, which must be next. */
  Token requireWord(String what, boolean orQuoted) {
    Token token = peek();
    if (token.type() != Type.WORD && !(orQuoted && token.type() == Type.QUOTED)) {
      throw mistake(token, what + " must stand here, not " + token.shown());
    }
    return take();
  }

  /** A mistake at a token. */
  MalformedException mistake(Token token, String what) {
    return mistake(token.at(), what);
  }

  private MalformedException mistake(int at, String what) {
    return new MalformedException("plan: " + JsonParser.place(text, at) + ": " + what);
  }
}
