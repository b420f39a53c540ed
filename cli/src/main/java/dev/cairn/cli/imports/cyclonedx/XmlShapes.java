package dev.cairn.cli.imports.cyclonedx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the elements of a CycloneDX bill in XML are in the JSON form, from the two schemas of 1.2 to
 * 1.6, as far as an import reads them. Immutable.
 *
 * <p>A line is a shape: its name, then what may stand in it.
 *
 * <pre>
 *   &#64;a        attribute a, a member a           $m       the text, a member m
 *   e         element e, a member of text e     e:s      of shape s, an object
 *   e*        any number of them, an array      e*:s     the same of objects
 *   e[i j:s]  an array, of elements i and j     e+:s     an array since 1.6, before it one
 *   i!        within an array, an object whose only member i is
 *   e^:s      whose members belong to what it stands in
 *   e(r)      whose text is its attribute r
 *   x>m       under the name m
 *   x=number  x=flag  x=word                    not any text: a number, a truth, text without blanks around
 * </pre>
 */
final class XmlShapes {
  private static final String TABLE =
      """
      bom @serialNumber @version=number metadata:metadata components[component:component] \
       services[service:service] dependencies[dependency:dependency] ...
      metadata component:component ...
      dependency @ref dependency>dependsOn*(ref) provides*(ref)
      component @type @mime-type @bom-ref supplier:entity manufacturer:entity \
       authors[author:contact] author publisher group name version description scope=word \
       hashes[hash:hash] licenses[license!:license expression:expression] copyright cpe purl=word \
       omniborId* swhid* swid:swid modified=flag pedigree:pedigree \
       externalReferences[reference:reference] properties[property:property] \
       components[component:component] evidence:evidence releaseNotes:releaseNotes \
       modelCard:modelCard data*:data cryptoProperties:crypto tags[tag]
      service @bom-ref provider:entity group name version description endpoints[endpoint=word] \
       authenticated=flag x-trust-boundary=flag trustZone \
       data[classification:classification dataflow:dataflow] \
       licenses[license!:license expression:expression] externalReferences[reference:reference] \
       properties[property:property] services[service:service] releaseNotes:releaseNotes tags[tag]
      classification @flow $classification
      dataflow @name @description classification^:classification governance:governance \
       source[url=word] destination[url=word]
      entity @bom-ref name address:address url*=word contact*:contact
      contact @bom-ref name email phone
      address @bom-ref country region locality postOfficeBoxNumber postalCode streetAddress
      hash @alg $content=word
      property @name $value
      attachment @content-type>contentType @encoding $content
      license @bom-ref @acknowledgement id=word name text:attachment url=word licensing:licensing \
       properties[property:property]
      expression @bom-ref @acknowledgement $expression
      licensing altIds[altId] licensor:licensor licensee:licensor purchaser:licensor purchaseOrder \
       licenseTypes[licenseType] lastRenewal=word expiration=word
      licensor organization:entity individual:contact
      swid @tagId @name @version @tagVersion=number @patch=flag text:attachment url=word
      reference @type url=word comment hashes[hash:hash]
      pedigree ancestors[component:component] descendants[component:component] \
       variants[component:component] commits[commit:commit] patches[patch:patch] notes
      commit uid url=word author:action committer:action message
      action timestamp=word name email
      patch @type diff:diff resolves[issue:issue]
      diff text:attachment url=word
      issue @type id name description source:source references[url=word]
      source name url=word
      evidence identity+:identity occurrences[occurrence:occurrence] callstack:callstack \
       licenses[license!:license expression:expression] copyright[text!]
      identity field confidence=number concludedValue methods[method:method] tools[tool(ref)]
      method technique confidence=number value
      occurrence @bom-ref location line=number offset=number symbol additionalContext
      callstack frames[frame:frame] tools[tool(ref)]
      frame package module function parameters[parameter] line=number column=number fullFilename
      releaseNotes type title featuredImage=word socialImage=word description timestamp=word \
       aliases[alias] tags[tag] resolves[issue:issue] notes[note:note] \
       properties[property:property]
      note locale text:attachment
      data @bom-ref type name contents:contents classification sensitiveData* graphics:graphics \
       description governance:governance
      contents attachment:attachment url=word properties[property:property]
      graphics description collection[graphic:graphic]
      graphic name image:attachment
      governance custodians[custodian:party] stewards[steward:party] owners[owner:party]
      party organization:entity individual>contact:contact
      modelCard @bom-ref modelParameters:modelParameters quantitativeAnalysis:analysis \
       considerations:considerations properties[property:property]
      modelParameters approach:approach task architectureFamily modelArchitecture \
       datasets[ref! dataset:data] inputs[input:format] outputs[output:format]
      approach type
      format format
      analysis performanceMetrics[performanceMetric:metric] graphics:graphics
      metric type value slice confidenceInterval:interval
      interval lowerBound upperBound
      considerations users[user] useCases[useCase] technicalLimitations[technicalLimitation] \
       performanceTradeoffs[performanceTradeoff] ethicalConsiderations[ethicalConsideration:risk] \
       environmentalConsiderations:environment fairnessAssessments[fairnessAssessment:fairness]
      risk name mitigationStrategy
      fairness groupAtRisk benefits harms mitigationStrategy
      environment energyConsumptions[energyConsumption:energy] properties[property:property]
      energy activity energyProviders*:energyProvider activityEnergyCost:measure \
       co2CostEquivalent:measure co2CostOffset:measure properties[property:property]
      measure value=number unit
      energyProvider @bom-ref description organization:entity energySource energyProvided:measure \
       externalReferences[reference:reference]
      crypto assetType algorithmProperties:algorithm certificateProperties:certificate \
       relatedCryptoMaterialProperties:material protocolProperties:protocol oid
      algorithm primitive parameterSetIdentifier curve executionEnvironment \
       implementationPlatform certificationLevel* mode padding cryptoFunctions[cryptoFunction] \
       classicalSecurityLevel=number nistQuantumSecurityLevel=number
      certificate subjectName issuerName notValidBefore=word notValidAfter=word \
       signatureAlgorithmRef subjectPublicKeyRef certificateFormat certificateExtension
      material type id state algorithmRef creationDate=word activationDate=word updateDate=word \
       expirationDate=word value size=number format securedBy:securedBy
      securedBy mechanism algorithmRef
      protocol type version cipherSuites[cipherSuite:cipherSuite] ikev2TransformTypes:ikev2
      cipherSuite name algorithms[algorithm] identifiers[identifier]
      ikev2 encr* prf* integ* ke* esn=flag auth*
      """;

  private static final Pattern PART =
      Pattern.compile(
          "(?<kind>[@$]?)(?<name>[A-Za-z0-9-]+)(?:>(?<as>[A-Za-z0-9-]+))?(?<many>[*+!^]?)"
              + "(?:\\((?<from>[a-z]+)\\))?(?::(?<shape>[A-Za-z0-9]+))?(?:=(?<text>[a-z]+))?"
              + "(?:\\[(?<items>[^\\]]*)\\])?");

  private static final Pattern PARTS = Pattern.compile("[^\\s\\[]+(?:\\[[^\\]]*\\])?");

  /** What a text stands for. */
  enum Kind {
    TEXT,
    WORD,
    NUMBER,
    FLAG
  }

  /** How a part becomes a member. */
  enum Place {
    /** One member. */
    ONE,
    /** An item of an array of its name. */
    ITEM,
    /** The same since 1.6, before it one member. */
    ITEM_SINCE_1_6,
    /** An object with the part as its only member, within an array. */
    WRAPPED,
    /** Its members are those of what it stands in. */
    MERGED
  }

  /**
   * What an attribute, a text or an element becomes.
   *
   * @param member under which name
   * @param place how
   * @param kind what its text stands for, if it has one
   * @param from the attribute that holds the text; null for the element's own
   * @param shape of an object; null for text and arrays
   * @param items of an array; null for others
   */
  record Part(
      String member,
      Place place,
      Kind kind,
      @Nullable String from,
      @Nullable String shape,
      @Nullable Map<String, Part> items) {}

  /**
   * An object.
   *
   * @param attributes by name
   * @param elements by name
   * @param text what its text becomes; null if it has none
   * @param open whether other elements are passed over
   */
  record Shape(
      Map<String, Part> attributes,
      Map<String, Part> elements,
      @Nullable Part text,
      boolean open) {}

  private final Map<String, Shape> shapes = new HashMap<>();

  XmlShapes() {
    for (String line : TABLE.lines().toList()) {
      List<String> parts = split(line);
      shapes.put(parts.get(0), shape(parts.subList(1, parts.size())));
    }
  }

  /** A shape that there is. */
  Shape get(String name) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new AssertionError("no shape " + name);
    }
    return shape;
  }

  /** The names of all elements that stand for something. */
  SortedSet<String> elements() {
    TreeSet<String> names = new TreeSet<>();
    for (Shape shape : shapes.values()) {
      for (Map.Entry<String, Part> element : shape.elements().entrySet()) {
        names.add(element.getKey());
        Map<String, Part> items = element.getValue().items();
        names.addAll(items == null ? List.of() : items.keySet());
      }
    }
    return names;
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    Matcher matcher = PARTS.matcher(text);
    while (matcher.find()) {
      parts.add(matcher.group());
    }
    return parts;
  }

  private static Shape shape(List<String> parts) {
    Map<String, Part> attributes = new HashMap<>();
    Map<String, Part> elements = new HashMap<>();
    Part text = null;
    boolean open = false;
    for (String part : parts) {
      if (part.equals("...")) {
        open = true;
        continue;
      }
      Matcher matcher = matched(part);
      switch (matcher.group("kind")) {
        case "@" -> attributes.put(matcher.group("name"), part(matcher));
        case "$" -> text = part(matcher);
        default -> elements.put(matcher.group("name"), part(matcher));
      }
    }
    return new Shape(attributes, elements, text, open);
  }

  private static Matcher matched(String part) {
    Matcher matcher = PART.matcher(part);
    if (!matcher.matches()) {
      throw new AssertionError("no part of a shape: " + part);
    }
    return matcher;
  }

  private static Part part(Matcher matcher) {
    String as = matcher.group("as");
    String text = matcher.group("text");
    String listed = matcher.group("items");
    Map<String, Part> items = null;
    if (listed != null) {
      items = new HashMap<>();
      for (String item : split(listed)) {
        Matcher one = matched(item);
        items.put(one.group("name"), part(one));
      }
    }
    return new Part(
        as == null ? matcher.group("name") : as,
        place(matcher.group("many")),
        kind(text),
        matcher.group("from"),
        matcher.group("shape"),
        items);
  }

  private static Place place(String mark) {
    return switch (mark) {
      case "*" -> Place.ITEM;
      case "+" -> Place.ITEM_SINCE_1_6;
      case "!" -> Place.WRAPPED;
      case "^" -> Place.MERGED;
      default -> Place.ONE;
    };
  }

  private static Kind kind(@Nullable String text) {
    if (text == null) {
      return Kind.TEXT;
    }
    return switch (text) {
      case "word" -> Kind.WORD;
      case "number" -> Kind.NUMBER;
      case "flag" -> Kind.FLAG;
      default -> throw new AssertionError("no kind of text: " + text);
    };
  }
}
