package dev.cairn.cli.imports.spdx;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.TextPlace;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tag-value form of SPDX 2.2 and 2.3, read as the JSON form of the same document: a {@code Tag:
 * value} a line, values of several lines between {@code <text>} and {@code </text>}, comments
 * behind {@code #}. Strict: UTF-8, known tags only, each within the section that has it, and once
 * where it may stand once. A refusal begins with the line.
 *
 * <p>A file that follows a package is a part of it, which JSON says by {@code hasFiles}. One owner;
 * used once.
 */
final class TagValue {
  /** Most lines. */
  static final int LINES_MAX = 8_000_000;

  private static final Pattern LINE = Pattern.compile("([A-Za-z]{2,40}):\\s*(.*)", Pattern.DOTALL);
  private static final Pattern CHECKSUM =
      Pattern.compile("([A-Za-z0-9-]{2,20}):\\s*([0-9a-fA-F]{2,1024})");
  private static final Pattern DOCUMENT =
      Pattern.compile("(\\S+)\\s+(\\S+)\\s+([A-Za-z0-9-]{2,20}):\\s*([0-9a-fA-F]{2,1024})");
  private static final Pattern REFERENCE = Pattern.compile("(\\S+)\\s+(\\S+)\\s+(\\S.*)");
  private static final Pattern RELATIONSHIP = Pattern.compile("(\\S+)\\s+(\\S+)\\s+(\\S+)");
  private static final Pattern VERIFICATION =
      Pattern.compile("([0-9a-fA-F]{40})\\s*(?:\\(excludes:\\s*([^()]*)\\))?");
  private static final String TEXT = "<text>";
  private static final String TEXT_END = "</text>";

  /** How a tag's value becomes JSON. */
  private enum Form {
    TEXT,
    LIST,
    TRUTH,
    CHECKSUMS,
    DOCUMENTS,
    REFERENCES,
    VERIFICATION_CODE,
    CREATION,
    CREATION_LIST
  }

  /** A member that a tag gives to the section it stands in. */
  private record Field(String member, Form form) {}

  /** Sections by the tag that begins one: the JSON member that lists them, and its own member. */
  private record Section(String list, Field first, Map<String, Field> fields) {}

  private static final Map<String, Field> DOCUMENT_FIELDS =
      Map.ofEntries(
          text("SPDXVersion", "spdxVersion"),
          text("DataLicense", "dataLicense"),
          text("SPDXID", "SPDXID"),
          text("DocumentName", "name"),
          text("DocumentNamespace", "documentNamespace"),
          text("DocumentComment", "comment"),
          field("ExternalDocumentRef", "externalDocumentRefs", Form.DOCUMENTS),
          field("LicenseListVersion", "licenseListVersion", Form.CREATION),
          field("Creator", "creators", Form.CREATION_LIST),
          field("Created", "created", Form.CREATION),
          field("CreatorComment", "comment", Form.CREATION));

  private static final Map<String, Section> SECTIONS =
      Map.of(
          "PackageName",
          new Section(
              "packages",
              new Field("name", Form.TEXT),
              Map.ofEntries(
                  text("SPDXID", "SPDXID"),
                  text("PackageVersion", "versionInfo"),
                  text("PackageFileName", "packageFileName"),
                  text("PackageSupplier", "supplier"),
                  text("PackageOriginator", "originator"),
                  text("PackageDownloadLocation", "downloadLocation"),
                  field("FilesAnalyzed", "filesAnalyzed", Form.TRUTH),
                  field(
                      "PackageVerificationCode", "packageVerificationCode", Form.VERIFICATION_CODE),
                  field("PackageChecksum", "checksums", Form.CHECKSUMS),
                  text("PackageHomePage", "homepage"),
                  text("PackageSourceInfo", "sourceInfo"),
                  text("PackageLicenseConcluded", "licenseConcluded"),
                  field("PackageLicenseInfoFromFiles", "licenseInfoFromFiles", Form.LIST),
                  text("PackageLicenseDeclared", "licenseDeclared"),
                  text("PackageLicenseComments", "licenseComments"),
                  text("PackageCopyrightText", "copyrightText"),
                  text("PackageSummary", "summary"),
                  text("PackageDescription", "description"),
                  text("PackageComment", "comment"),
                  field("PackageAttributionText", "attributionTexts", Form.LIST),
                  text("PrimaryPackagePurpose", "primaryPackagePurpose"),
                  text("ReleaseDate", "releaseDate"),
                  text("BuiltDate", "builtDate"),
                  text("ValidUntilDate", "validUntilDate"),
                  field("ExternalRef", "externalRefs", Form.REFERENCES))),
          "FileName",
          new Section(
              "files",
              new Field("fileName", Form.TEXT),
              Map.ofEntries(
                  text("SPDXID", "SPDXID"),
                  field("FileType", "fileTypes", Form.LIST),
                  field("FileChecksum", "checksums", Form.CHECKSUMS),
                  text("LicenseConcluded", "licenseConcluded"),
                  field("LicenseInfoInFile", "licenseInfoInFiles", Form.LIST),
                  text("LicenseComments", "licenseComments"),
                  text("FileCopyrightText", "copyrightText"),
                  text("FileComment", "comment"),
                  text("FileNotice", "noticeText"),
                  field("FileContributor", "fileContributors", Form.LIST),
                  field("FileAttributionText", "attributionTexts", Form.LIST),
                  field("FileDependency", "fileDependencies", Form.LIST))),
          "SnippetSPDXID",
          new Section(
              "snippets",
              new Field("SPDXID", Form.TEXT),
              Map.ofEntries(
                  text("SnippetFromFileSPDXID", "snippetFromFile"),
                  text("SnippetByteRange", "byteRange"),
                  text("SnippetLineRange", "lineRange"),
                  text("SnippetLicenseConcluded", "licenseConcluded"),
                  field("LicenseInfoInSnippet", "licenseInfoInSnippets", Form.LIST),
                  text("SnippetLicenseComments", "licenseComments"),
                  text("SnippetCopyrightText", "copyrightText"),
                  text("SnippetComment", "comment"),
                  text("SnippetName", "name"),
                  field("SnippetAttributionText", "attributionTexts", Form.LIST))),
          "LicenseID",
          new Section(
              "hasExtractedLicensingInfos",
              new Field("licenseId", Form.TEXT),
              Map.ofEntries(
                  text("ExtractedText", "extractedText"),
                  text("LicenseName", "name"),
                  field("LicenseCrossReference", "seeAlsos", Form.LIST),
                  text("LicenseComment", "comment"))));

  /** Statements about others, which stand in any section and end none. */
  private static final Map<String, Section> ASIDES =
      Map.of(
          "Annotator",
          new Section(
              "annotations",
              new Field("annotator", Form.TEXT),
              Map.ofEntries(
                  text("AnnotationDate", "annotationDate"),
                  text("AnnotationComment", "comment"),
                  text("AnnotationType", "annotationType"),
                  text("SPDXREF", "spdxElementId"))),
          "Reviewer",
          new Section(
              "revieweds",
              new Field("reviewer", Form.TEXT),
              Map.ofEntries(text("ReviewDate", "reviewDate"), text("ReviewComment", "comment"))));

  private final Map<String, TextPlace> lines = new HashMap<>();
  private final Map<String, Object> root = new TreeMap<>();
  private Map<String, Field> known = DOCUMENT_FIELDS;
  private Map<String, Object> section = root;
  private String place = "";
  private Map<String, Field> knownAside = Map.of();
  private Map<String, Object> aside = root;
  private String asidePlace = "";
  private @Nullable Map<String, Object> around;
  private boolean inFile;
  private Map<String, Object> commented = root;
  private String commentedPlace = "";
  private String commentTag = "";
  private long number;

  private static Map.Entry<String, Field> text(String tag, String member) {
    return field(tag, member, Form.TEXT);
  }

  private static Map.Entry<String, Field> field(String tag, String member, Form form) {
    return Map.entry(tag, new Field(member, form));
  }

  /** The document as its JSON form has it. */
  JsonTree read(Bytes bytes) {
    String[] all = decode(bytes).split("\n", LINES_MAX + 1);
    if (all.length > LINES_MAX) {
      throw new MalformedException("line " + LINES_MAX + ": more lines than are read");
    }
    for (int i = 0; i < all.length; i++) {
      number = i + 1L;
      String line = all[i].strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher tag = LINE.matcher(line);
      if (!tag.matches()) {
        throw malformed("not of the form 'Tag: value'");
      }
      String value = tag.group(2);
      if (value.startsWith(TEXT)) {
        StringBuilder text = new StringBuilder(value);
        while (text.indexOf(TEXT_END) < 0) {
          i++;
          if (i == all.length) {
            throw malformed("<text> without </text>");
          }
          String next = all[i];
          text.append('\n')
              .append(next.endsWith("\r") ? next.substring(0, next.length() - 1) : next);
        }
        int end = text.indexOf(TEXT_END);
        if (!text.substring(end + TEXT_END.length()).isBlank()) {
          throw malformed("something behind </text>");
        }
        value = text.substring(TEXT.length(), end);
      }
      take(tag.group(1), value);
    }
    lines.put("", TextPlace.ofLine(1));
    return JsonTree.of(root, lines);
  }

  private static String decode(Bytes bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes.toByteBuffer())
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("line 1: not UTF-8", e);
    }
  }

  private void take(String tag, String value) {
    Section begun = SECTIONS.get(tag);
    Section besides = ASIDES.get(tag);
    if (begun != null) {
      begin(tag, begun, value);
    } else if (besides != null) {
      aside = new TreeMap<>();
      knownAside = besides.fields();
      asidePlace = add(root, "", besides.list(), aside);
      put(aside, asidePlace, tag, besides.first(), value);
    } else if (tag.equals("Relationship")) {
      relationship(value);
    } else if (tag.equals(commentTag)) {
      once(commented, commentedPlace, tag, "comment", value);
    } else if (knownAside.containsKey(tag)) {
      put(aside, asidePlace, tag, required(knownAside, tag), value);
    } else if (known.containsKey(tag)) {
      put(section, place, tag, required(known, tag), value);
    } else {
      throw malformed("'" + tag + "' is no tag of this section");
    }
  }

  private static Field required(Map<String, Field> fields, String tag) {
    Field field = fields.get(tag);
    if (field == null) {
      throw new AssertionError("looked up before: " + tag);
    }
    return field;
  }

  private void begin(String tag, Section begun, String value) {
    section = new TreeMap<>();
    inFile = tag.equals("FileName");
    known = begun.fields();
    knownAside = Map.of();
    place = add(root, "", begun.list(), section);
    put(section, place, tag, begun.first(), value);
    if (tag.equals("PackageName")) {
      around = section;
    }
  }

  /** Adds an item to a list; its pointer. */
  private String add(Map<String, Object> holder, String at, String list, Object item) {
    List<Object> items = list(holder, list);
    items.add(item);
    String pointer = at + "/" + list + "/" + (items.size() - 1);
    lines.put(pointer, TextPlace.ofLine(number));
    return pointer;
  }

  @SuppressWarnings("unchecked") // only this class fills the maps
  private static List<Object> list(Map<String, Object> holder, String name) {
    return (List<Object>) holder.computeIfAbsent(name, any -> new ArrayList<>());
  }

  @SuppressWarnings("unchecked") // only this class fills the maps
  private Map<String, Object> creation() {
    return (Map<String, Object>) root.computeIfAbsent("creationInfo", any -> new TreeMap<>());
  }

  private void relationship(String value) {
    Matcher parts = matched(RELATIONSHIP, value, "not of the form 'ELEMENT TYPE ELEMENT'");
    Map<String, Object> one = new TreeMap<>();
    one.put("spdxElementId", parts.group(1));
    one.put("relationshipType", parts.group(2).toUpperCase(Locale.ROOT));
    one.put("relatedSpdxElement", parts.group(3));
    commentedPlace = add(root, "", "relationships", one);
    commented = one;
    commentTag = "RelationshipComment";
  }

  private void put(Map<String, Object> holder, String at, String tag, Field field, String value) {
    String member = field.member();
    switch (field.form()) {
      case TEXT -> once(holder, at, tag, member, value);
      case LIST -> add(holder, at, member, value);
      case TRUTH -> {
        if (!value.equals("true") && !value.equals("false")) {
          throw malformed("neither true nor false");
        }
        once(holder, at, tag, member, Boolean.valueOf(value));
      }
      case CHECKSUMS -> {
        Matcher parts = matched(CHECKSUM, value, "not of the form 'ALGORITHM: hex'");
        add(
            holder,
            at,
            member,
            Map.of("algorithm", parts.group(1), "checksumValue", parts.group(2)));
      }
      case DOCUMENTS -> document(holder, at, member, value);
      case REFERENCES -> {
        Matcher parts = matched(REFERENCE, value, "not of the form 'CATEGORY TYPE LOCATOR'");
        Map<String, Object> one = new TreeMap<>();
        one.put("referenceCategory", parts.group(1));
        one.put("referenceType", parts.group(2));
        one.put("referenceLocator", parts.group(3));
        commentedPlace = add(holder, at, member, one);
        commented = one;
        commentTag = "ExternalRefComment";
      }
      case VERIFICATION_CODE -> once(holder, at, tag, member, verification(value));
      case CREATION -> once(creation(), "/creationInfo", tag, member, value);
      case CREATION_LIST -> add(creation(), "/creationInfo", member, value);
    }
    if (inFile && tag.equals("SPDXID") && around != null) {
      list(around, "hasFiles").add(value);
    }
  }

  private void document(Map<String, Object> holder, String at, String member, String value) {
    Matcher parts = matched(DOCUMENT, value, "not of the form 'DocumentRef-… IRI ALGORITHM: hex'");
    Map<String, Object> one = new TreeMap<>();
    one.put("externalDocumentId", parts.group(1));
    one.put("spdxDocument", parts.group(2));
    one.put("checksum", Map.of("algorithm", parts.group(3), "checksumValue", parts.group(4)));
    add(holder, at, member, one);
  }

  private Map<String, Object> verification(String value) {
    Matcher parts = matched(VERIFICATION, value, "not of the form 'SHA-1 (excludes: FILE, …)'");
    Map<String, Object> code = new TreeMap<>();
    code.put("packageVerificationCodeValue", parts.group(1));
    String excluded = parts.group(2);
    if (excluded != null) {
      List<Object> files = new ArrayList<>();
      for (String file : excluded.split(",", -1)) {
        files.add(file.strip());
      }
      code.put("packageVerificationCodeExcludedFiles", files);
    }
    return code;
  }

  private void once(
      Map<String, Object> holder, String at, String tag, String member, Object value) {
    if (holder.putIfAbsent(member, value) != null) {
      throw malformed("'" + tag + "' stands twice");
    }
    lines.put(at + "/" + member, TextPlace.ofLine(number));
  }

  private Matcher matched(Pattern pattern, String value, String otherwise) {
    Matcher matcher = pattern.matcher(value);
    if (!matcher.matches()) {
      throw malformed(otherwise);
    }
    return matcher;
  }

  private MalformedException malformed(String what) {
    return new MalformedException("line " + number + ": " + what);
  }
}
