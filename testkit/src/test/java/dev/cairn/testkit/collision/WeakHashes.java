package dev.cairn.testkit.collision;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * All of Cairn once more, in a class loader of its own, with one class changed: of the hash
 * functions that Bouncy Castle brings only the first two bytes of each digest are left. So payloads
 * that collide are found by trying some ten thousands.
 *
 * <p>The registry of hash functions is closed, and no program can add one to it, so that a weak one
 * can never come into a store. What is tested here is the production code around the changed class.
 */
final class WeakHashes extends URLClassLoader {
  private static final String OURS = "dev.cairn.";
  private static final String CHANGED = "dev.cairn.asl.crypto.BouncyHasher";
  private static final String SOURCE =
      """
      package dev.cairn.asl.crypto;

      import dev.cairn.asl.bytes.Bytes;
      import java.util.Arrays;

      final class BouncyHasher implements Hasher {
        private final Hasher strong;

        private BouncyHasher(Hasher strong) {
          this.strong = strong;
        }

        static Hasher of(HashAlgorithm algorithm) {
          Hasher strong = HashAlgorithm.SHA_256.newHasher();
          strong.update(new byte[] {(byte) algorithm.id()}, 0, 1);
          return new BouncyHasher(strong);
        }

        @Override
        public void update(byte[] array, int offset, int length) {
          strong.update(array, offset, length);
        }

        @Override
        public Hasher fork() {
          return new BouncyHasher(strong.fork());
        }

        @Override
        public Bytes digest() {
          return Bytes.wrap(Arrays.copyOf(Arrays.copyOf(strong.digest().toArray(), 2), 32));
        }
      }
      """;

  private final Path changed;

  private WeakHashes(Path changed, List<URL> path) {
    super(path.toArray(URL[]::new), WeakHashes.class.getClassLoader());
    this.changed = changed;
  }

  /**
   * Runs a scenario there: a class of this package with a constructor without arguments.
   *
   * @param folder for the changed class and for the scenario, empty
   */
  static void run(Class<? extends Scenario> scenario, Path folder) throws Exception {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    compile(classes);
    List<URL> path = new ArrayList<>();
    for (String entry :
        System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
      path.add(url(entry));
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (WeakHashes loader = new WeakHashes(classes, path)) {
      thread.setContextClassLoader(loader);
      Class<?> there = loader.loadClass(scenario.getName());
      assertThat(there.getClassLoader()).isSameAs(loader);
      var constructor = there.getDeclaredConstructor();
      constructor.setAccessible(true);
      var play = there.getDeclaredMethod("play", Path.class);
      play.setAccessible(true);
      play.invoke(constructor.newInstance(), Files.createDirectories(folder.resolve("nodes")));
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error failed) {
        throw failed;
      }
      throw e;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** What is run there. */
  interface Scenario {
    void play(Path folder) throws Exception;
  }

  private static URL url(String entry) throws MalformedURLException {
    return Path.of(entry).toUri().toURL();
  }

  private static void compile(Path folder) {
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///dev/cairn/asl/crypto/BouncyHasher.java"),
            JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return SOURCE;
          }
        };
    List<String> options =
        List.of(
            "-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, null, options, null, List.of(file))
                .call())
        .isTrue();
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : name.equals(CHANGED) ? changed() : findClass(name);
    }
  }

  private Class<?> changed() throws ClassNotFoundException {
    Path file = changed.resolve(CHANGED.replace('.', '/') + ".class");
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readAllBytes();
      return defineClass(CHANGED, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(CHANGED, e);
    }
  }
}
