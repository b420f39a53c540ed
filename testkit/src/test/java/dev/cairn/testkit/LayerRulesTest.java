package dev.cairn.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Date;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The rules between layers, read from the compiled classes of every module but {@code bench}, which
 * may use anything since it measures the raw libraries beside ours.
 */
@AnalyzeClasses(packages = "dev.cairn", importOptions = DoNotIncludeTests.class)
class LayerRulesTest {

  @ArchTest
  static void theClassesOfOtherModulesAreSeen(JavaClasses classes) {
    assertThat(classes)
        .extracting(JavaClass::getPackageName)
        .contains("dev.cairn.cli")
        .anyMatch(name -> name.startsWith("dev.cairn.proto."));
  }

  @ArchTest
  static final ArchRule layersDependDownwardsOnly =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("proto")
          .definedBy("dev.cairn.proto..")
          .layer("asl")
          .definedBy("dev.cairn.asl..")
          .layer("tgk")
          .definedBy("dev.cairn.tgk..")
          .layer("pel")
          .definedBy("dev.cairn.pel..")
          .layer("federation")
          .definedBy("dev.cairn.federation..")
          .layer("cli")
          .definedBy("dev.cairn.cli..")
          .layer("testkit")
          .definedBy("dev.cairn.testkit..")
          .whereLayer("proto")
          .mayNotAccessAnyLayer()
          .whereLayer("asl")
          .mayNotAccessAnyLayer()
          .whereLayer("tgk")
          .mayOnlyAccessLayers("asl")
          .whereLayer("pel")
          .mayOnlyAccessLayers("asl", "tgk")
          .whereLayer("federation")
          .mayOnlyAccessLayers("asl", "tgk", "pel", "proto")
          .whereLayer("cli")
          .mayOnlyAccessLayers("asl", "tgk", "pel", "federation")
          .whereLayer("testkit")
          .mayOnlyAccessLayers("asl", "tgk", "pel", "federation")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("dev.cairn.(**)").should().beFreeOfCycles().allowEmptyShould(true);

  @ArchTest
  static final ArchRule rocksDbStaysInItsEngine =
      only(resideInAPackage("org.rocksdb.."), "dev.cairn.asl.engine.rocksdb");

  private static final String[] CERTIFICATES = {
    "org.bouncycastle.asn1..",
    "org.bouncycastle.cert..",
    "org.bouncycastle.openssl..",
    "org.bouncycastle.operator.."
  };

  @ArchTest
  static final ArchRule bouncyCastlePrimitivesStayInCrypto =
      only(
          resideInAPackage("org.bouncycastle..").and(not(resideInAnyPackage(CERTIFICATES))),
          "dev.cairn.asl.crypto");

  @ArchTest
  static final ArchRule bouncyCastleCertificatesStayInTls =
      only(resideInAnyPackage(CERTIFICATES), "dev.cairn.federation.tls");

  @ArchTest
  static final ArchRule grpcStaysInItsTransport =
      only(resideInAPackage("io.grpc.."), "dev.cairn.federation.grpc", "dev.cairn.proto..");

  @ArchTest
  static final ArchRule protobufStaysAtTheWire =
      only(
          resideInAnyPackage("com.google.protobuf..", "dev.cairn.proto.."),
          "dev.cairn.federation.wire",
          "dev.cairn.federation.grpc",
          "dev.cairn.proto..");

  @ArchTest
  static final ArchRule webAssemblyRuntimeStaysInItsEngine =
      only(resideInAnyPackage("run.endive..", "org.objectweb.asm.."), "dev.cairn.pel.wasm.engine");

  @ArchTest
  static final ArchRule regularExpressionsStayInTheirPackage =
      only(resideInAPackage("com.google.re2j.."), "dev.cairn.pel.operator.re2");

  @ArchTest
  static final ArchRule jsonataStaysInItsPackage =
      only(resideInAPackage("com.dashjoin.jsonata.."), "dev.cairn.pel.operator.jsonata");

  @ArchTest
  static final ArchRule celStaysInItsPackage =
      only(resideInAPackage("dev.cel.."), "dev.cairn.pel.operator.cel");

  @ArchTest
  static final ArchRule micrometerStaysInItsBinding =
      only(resideInAPackage("io.micrometer.."), "dev.cairn.asl.metrics.micrometer");

  @ArchTest
  static void zstdStaysInOnePackage(JavaClasses classes) {
    Set<String> users = new TreeSet<>();
    for (JavaClass user : classes) {
      if (user.getDirectDependenciesFromSelf().stream()
          .anyMatch(d -> d.getTargetClass().getPackageName().startsWith("com.github.luben"))) {
        users.add(user.getPackageName());
      }
    }
    assertThat(users).as("packages that use zstd").hasSizeLessThanOrEqualTo(1);
  }

  @ArchTest
  static final ArchRule timeAndChanceEnterThroughTheTimePackage =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.cairn..time..", "dev.cairn.proto..")
          .should()
          .accessTargetWhere(
              describe(
                  "reads a clock, sleeps or draws without a seed", LayerRulesTest::isTimeOrChance))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule staticFieldsAreFinal =
      fields()
          .that()
          .areStatic()
          .and()
          .areDeclaredInClassesThat()
          .resideOutsideOfPackage("dev.cairn.proto..")
          .should()
          .beFinal()
          .because("a node's state belongs to its store, and two stores live in one process")
          .allowEmptyShould(true);

  private static ArchRule only(DescribedPredicate<JavaClass> library, String... packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat(library)
        .allowEmptyShould(true);
  }

  private static boolean isTimeOrChance(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean noArguments = access.getTarget().getFullName().endsWith("()");
    boolean constructed = name.equals("<init>");
    if (owner.isEquivalentTo(System.class)) {
      return name.equals("nanoTime") || name.equals("currentTimeMillis");
    }
    if (owner.isEquivalentTo(Clock.class)) {
      return name.startsWith("system") || name.startsWith("tick");
    }
    if (owner.getPackageName().startsWith("java.time")) {
      return name.equals("now");
    }
    if (owner.isEquivalentTo(Thread.class) || owner.isEquivalentTo(TimeUnit.class)) {
      return name.equals("sleep");
    }
    if (owner.isEquivalentTo(Math.class) || owner.isEquivalentTo(StrictMath.class)) {
      return name.equals("random");
    }
    if (owner.isEquivalentTo(UUID.class)) {
      return name.equals("randomUUID");
    }
    if (owner.isEquivalentTo(Date.class)
        || owner.isEquivalentTo(Random.class)
        || owner.isEquivalentTo(SplittableRandom.class)) {
      return constructed && noArguments;
    }
    if (owner.isEquivalentTo(RandomGenerator.class)) {
      return name.equals("getDefault") || name.equals("of");
    }
    if (owner.isEquivalentTo(ThreadLocalRandom.class)) {
      return name.equals("current");
    }
    return owner.getName().equals("java.security.SecureRandom")
        && (constructed || name.startsWith("getInstance"));
  }
}
