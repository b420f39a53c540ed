package dev.cairn.cli.imports.xml;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The characters of an XML document, decoded strictly by what it begins with or declares (XML 1.0
 * §4.3.3 and appendix F): the JDK's parser would complain of bytes to standard error. Document
 * types and external entities are off.
 *
 * @param xml the document
 * @param charset what it is written in
 */
public record XmlText(Bytes xml, Charset charset) {
  private static final int ATTRIBUTES_MAX = 200;
  private static final int BEGINNING_BYTES_MAX = 1 << 14;
  private static final int NAME_CHARS_SHOWN_MAX = 40;

  private static final Bytes UTF_8_MARK = Bytes.fromHex("efbbbf");
  private static final Bytes UTF_16_BIG = Bytes.fromHex("feff");
  private static final Bytes UTF_16_LITTLE = Bytes.fromHex("fffe");
  private static final Bytes UNMARKED_BIG = Bytes.fromHex("003c");
  private static final Bytes UNMARKED_LITTLE = Bytes.fromHex("3c00");
  private static final Pattern DECLARED =
      Pattern.compile("^<\\?xml[^>]*?\\sencoding\\s*=\\s*[\"']([^\"'>]*)[\"']");

  /**
   * Looks what a document is written in.
   *
   * @throws MalformedException if that is nothing that this JDK reads
   */
  public static XmlText of(Bytes xml) {
    if (isUtf16(xml)) {
      return new XmlText(xml, StandardCharsets.UTF_16);
    }
    if (xml.startsWith(UNMARKED_BIG) || xml.startsWith(UNMARKED_LITTLE)) {
      return new XmlText(
          xml,
          xml.startsWith(UNMARKED_BIG) ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE);
    }
    Matcher declared =
        DECLARED.matcher(new String(beginning(xml).toArray(), StandardCharsets.ISO_8859_1));
    return new XmlText(xml, declared.find() ? charset(declared.group(1)) : StandardCharsets.UTF_8);
  }

  /** Whether it begins with the mark of UTF-16. */
  public static boolean isUtf16(Bytes xml) {
    return xml.startsWith(UTF_16_BIG) || xml.startsWith(UTF_16_LITTLE);
  }

  /** The bytes of the mark of UTF-8 that it begins with; 0 for none. */
  public static int mark(Bytes xml) {
    return xml.startsWith(UTF_8_MARK) ? UTF_8_MARK.length() : 0;
  }

  private static Bytes beginning(Bytes xml) {
    return xml.slice(mark(xml), Math.min(xml.length(), BEGINNING_BYTES_MAX));
  }

  private static Charset charset(String name) {
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      StringBuilder shown = new StringBuilder();
      name.codePoints()
          .limit(NAME_CHARS_SHOWN_MAX)
          .map(c -> c < ' ' || c > '~' ? '?' : c)
          .forEach(shown::appendCodePoint);
      throw new MalformedException(
          "the encoding '" + shown + "' is not read: write the document in UTF-8", e);
    }
  }

  /** Its beginning as text. */
  public String beginning() {
    return new String(beginning(xml).toArray(), charset);
  }

  /** Its events; bytes that are no text end them with an exception. */
  public XMLStreamReader reader() throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    // The parser's own bounds differ from JDK to JDK.
    factory.setProperty("jdk.xml.maxElementDepth", "0");
    factory.setProperty("jdk.xml.elementAttributeLimit", Integer.toString(ATTRIBUTES_MAX));
    return factory.createXMLStreamReader(
        new InputStreamReader(
            new ByteArrayInputStream(xml.slice(mark(xml), xml.length()).toArray()),
            charset.newDecoder()));
  }
}
