package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an artifact is, whatever is stated of it: {@link View#known} and {@link View#told}. */
final class KnownArtifactTest {
  private static final TypeTag WORD = CheckedStores.WORD;
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final TypeTag OTHER = new TypeTag("text/other");
  private static final Bytes TOLD = Bytes.utf8("nobody has it");

  private static Store open(String name) {
    return Store.open(CheckedStores.memory(), CheckedStores.config(name));
  }

  @Test
  void whatRecordsProveIsKnownWhateverTheLatestStates() {
    try (Store a = open("a")) {
      ArtifactKey word = a.put(WORD, Bytes.utf8("true"));
      Cut before = a.cut();
      LiveEntry put = a.now().live(word).orElseThrow();
      new Liar("another type").put(word, TEXT, TOLD).tell(a);
      new Liar("no type").put(word, null, 0, PayloadDigest.of(Bytes.EMPTY)).tell(a);
      assertThat(a.now().live(word).orElseThrow().artifact().tag()).isNull();
      for (View view : List.of(a.now(), a.at(before), a.at(a.cut()))) {
        assertThat(view.known(word)).contains(put);
        assertThat(view.told(word)).contains(put);
      }
      StoreFixture.remove(a, word, false);
      assertThat(a.now().known(word)).isEmpty();
      assertThat(a.now().told(word)).contains(put);
      // A lie makes it live again, as something else: that counts for nothing.
      new Liar("revives it")
          .put(word, TEXT, TOLD)
          .put(word, OTHER, TOLD)
          .put(word, TEXT, TOLD)
          .tell(a);
      for (View view : List.of(a.now(), a.at(a.cut()))) {
        assertThat(view.live(word).orElseThrow().artifact().tag()).isEqualTo(TEXT);
        assertThat(view.known(word)).isEmpty();
        assertThat(view.told(word)).contains(put);
      }
      a.put(WORD, Bytes.utf8("true"));
      assertThat(a.now().known(word).orElseThrow().logseq()).isGreaterThan(put.logseq());
    }
  }

  @Test
  void ofSeveralRecordsThatProveItTheLatestCounts() {
    try (Store a = open("a");
        Store b = open("b")) {
      ArtifactKey word = b.put(WORD, Bytes.utf8("true"));
      new Liar("liar").put(word, TEXT, TOLD).tell(b);
      StoreFixture.copy(b, a);
      Cut first = a.cut();
      a.put(WORD, Bytes.utf8("true"));
      new Liar("liar").put(word, TEXT, TOLD).put(word, OTHER, TOLD).tell(a);
      assertThat(a.now().known(word).orElseThrow().origin()).isEqualTo(a.origin());
      assertThat(a.at(first).known(word).orElseThrow().origin()).isEqualTo(b.origin());
    }
  }

  @Test
  void whereNothingIsProvedTheLatestPutCountsAndWhatIsOutsideTheViewDoesNot() {
    try (Store a = open("a")) {
      ArtifactKey text = a.put(TEXT, Bytes.utf8("text"));
      new Liar("liar").put(text, OTHER, TOLD).tell(a);
      assertThat(a.now().known(text)).isEqualTo(a.now().live(text));
      assertThat(a.now().known(text).orElseThrow().artifact().tag()).isEqualTo(OTHER);
      assertThat(a.now().told(StoreFixture.key("unknown"))).isEmpty();

      ArtifactKey word = ArtifactKey.of(Bytes.utf8("late"), WORD);
      new Liar("early").put(word, TEXT, TOLD).tell(a);
      Cut before = a.cut();
      a.put(WORD, Bytes.utf8("late"));
      assertThat(a.at(before).known(word).orElseThrow().artifact().tag()).isEqualTo(TEXT);
      assertThat(a.at(before).told(word)).isEqualTo(a.at(before).known(word));
      assertThat(a.now().known(word).orElseThrow().artifact().tag()).isEqualTo(WORD);
      assertThat(a.at(new Cut(new TreeMap<>())).told(word)).isEmpty();
    }
  }

  @Test
  void aWalkTellsWhatEachLookTellsWhereverItBeginsAndHoweverOftenItAsks(@TempDir Path folder) {
    for (boolean rocks : List.of(false, true)) {
      for (long seed = 0; seed < 3; seed++) {
        try (Store a =
            rocks
                ? Store.open(
                    CheckedStores.rocks(folder.resolve("" + seed)), CheckedStores.config("a"))
                : open("a")) {
          walks(a, new Random(seed));
        }
      }
    }
  }

  private static void walks(Store a, Random random) {
    List<ArtifactKey> keys = new ArrayList<>();
    CommitDraft draft = new CommitDraft();
    for (int i = 0; i < 60; i++) {
      PreparedArtifact artifact = a.prepare(i % 4 == 0 ? WORD : TEXT, Bytes.utf8("a" + i));
      keys.add(artifact.id().key());
      draft.put(artifact);
    }
    a.commit(draft);
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      for (int i = 0; i < 8; i++) {
        keys.add(ArtifactHasher.identify(algorithm, Bytes.utf8(algorithm.label() + i), TEXT).key());
      }
    }
    List<Cut> cuts = new ArrayList<>(List.of(a.cut()));
    for (int i = 0; i < 5; i++) {
      Liar liar = new Liar("liar " + i);
      for (int j = 0; j < 40; j++) {
        // Some ids have many records, most have none.
        int which = random.nextInt(3) == 0 ? random.nextInt(4) : random.nextInt(keys.size());
        liar.put(keys.get(which), j % 2 == 0 ? TEXT : OTHER, TOLD);
      }
      liar.tell(a);
      StoreFixture.remove(a, keys.get(random.nextInt(60)), false);
      cuts.add(a.cut());
    }
    List<View> views = new ArrayList<>(List.of(a.now()));
    cuts.forEach(cut -> views.add(a.at(cut)));
    for (View view : views) {
      List<LiveEntry> all = new ArrayList<>();
      view.forEachKnown(all::add);
      List<LiveEntry> each = new ArrayList<>();
      view.forEachLive(live -> view.known(live.key()).ifPresent(each::add));
      assertThat(all).isEqualTo(each).hasSizeGreaterThan(50);
      assertThat(all).filteredOn(entry -> WORD.equals(entry.artifact().tag())).isNotEmpty();
      Bytes from = Bytes.wrap(new byte[] {(byte) random.nextInt(256)});
      int every = 1 + random.nextInt(12);
      try (IdCursor ids = view.ids(from, Bytes.EMPTY)) {
        for (int i = 0; ids.next(); i++) {
          if (i % every == 0) {
            assertThat(ids.known()).isEqualTo(view.known(ids.key())).isEqualTo(ids.known());
          }
        }
      }
    }
  }

  @Test
  void itIsTheSameOnEveryNodeWithTheSameRecordsWhateverPayloadsItHas() {
    MemoryEngine engine = CheckedStores.memory();
    try (Store a = Store.open(engine, CheckedStores.config("a"));
        Store b = open("b")) {
      ArtifactKey text = a.put(TEXT, Bytes.utf8("text"));
      ArtifactKey word = a.put(WORD, Bytes.utf8("word"));
      StoreFixture.copy(a, b);
      for (Store each : List.of(a, b)) {
        new Liar("liar").put(text, OTHER, TOLD).put(word, OTHER, TOLD).tell(each);
      }
      StoreFixture.remove(b, text, true);
      new Liar("liar").put(text, OTHER, TOLD).put(word, OTHER, TOLD).put(text, OTHER, TOLD).tell(b);
      Cut both = a.cut();
      assertThat(b.hasPayload(PayloadDigest.of(Bytes.utf8("text")))).isFalse();
      for (ArtifactKey key : List.of(text, word)) {
        assertThat(b.at(both).known(key)).isEqualTo(a.at(both).known(key)).isPresent();
      }
    }
  }
}
