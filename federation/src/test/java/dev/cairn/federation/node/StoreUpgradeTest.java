package dev.cairn.federation.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.Auditor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that the first version wrote: {@code store-format-1.zip}, made with the command of that
 * version by puts of small and large files, a link, removals, a revival and erasures, some of them
 * shown by a snapshot.
 */
final class StoreUpgradeTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final String STATE_ROOT =
      "239bd5382b4740633bb054578f62401c497f46d608ce663e122244814b4397be";
  private static final ArtifactKey LARGE =
      ArtifactKey.parse(
          "asl1-sha256:2b06d763abcaa05487c78d356294b0a5f5163167e0e1db0e3245c5fa74a52c0c");

  @TempDir private Path folder;

  @BeforeEach
  void unpack() throws IOException {
    try (InputStream in = StoreUpgradeTest.class.getResourceAsStream("/store-format-1.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(zip, file);
      }
    }
  }

  @Test
  void aStoreOfTheFirstFormatIsBroughtToThePresentOne() throws IOException {
    for (int opening = 0; opening < 2; opening++) {
      try (CairnNode node = StoreDirectory.open(folder)) {
        Store store = node.store();
        assertThat(store.stateRoot().toHex()).isEqualTo(STATE_ROOT);
        assertThat(store.rebuiltStateRoot().toHex()).isEqualTo(STATE_ROOT);
        assertThat(text(store, "small and kept\n")).isEqualTo("small and kept\n");
        assertThat(text(store, "removed and put again\n")).isEqualTo("removed and put again\n");
        assertThat(store.now().isLive(key("removed\n"))).isFalse();
        assertThat(store.history(key("removed and put again\n"))).hasSize(3);
        assertThat(store.erasure(key("erased\n"))).isPresent();
        assertThat(store.hasPayload(digest("erased\n"))).as("a snapshot shows it").isTrue();
        try (InputStream in = store.openPayload(store.now().live(LARGE).orElseThrow().artifact())) {
          assertThat(in.readAllBytes()).hasSize(3_200_000);
        }
        assertThat(node.graph()).isNotNull();
        assertThat(audit(store).findings()).isEmpty();
      }
      assertThat(folder.resolve("format")).content().startsWith("cairn-store 2\n");
    }
  }

  @Test
  void anUpgradedStoreGoesOn() {
    try (CairnNode node = StoreDirectory.open(folder)) {
      Store store = node.store();
      for (SnapshotInfo info : store.snapshots()) {
        store.dropSnapshot(info.key());
      }
      assertThat(store.hasPayload(digest("erased\n"))).isFalse();
      assertThat(store.hasPayload(digest("removed\n"))).isTrue();
      store.commit(new CommitDraft().put(store.prepare(TEXT, Bytes.utf8("new\n"))));
      assertThat(text(store, "new\n")).isEqualTo("new\n");
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
      assertThat(audit(store).findings()).isEmpty();
    }
  }

  @Test
  void aStoreOfALaterFormatIsRefusedByName() throws IOException {
    Files.writeString(
        folder.resolve("format"), "cairn-store 3\nfederation upgrade\nepoch 1\nmore 7\n");
    assertThatThrownBy(() -> StoreDirectory.open(folder))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("version 3")
        .hasMessageContaining("1 to 2");
  }

  private static AuditReport audit(Store store) {
    return new Auditor(null).audit("it", store);
  }

  private static String text(Store store, String payload) {
    return store.payload(store.now().live(key(payload)).orElseThrow(), 1000).toUtf8();
  }

  private static ArtifactKey key(String payload) {
    return ArtifactKey.of(Bytes.wrap(payload.getBytes(StandardCharsets.UTF_8)), TEXT);
  }

  private static PayloadDigest digest(String payload) {
    return PayloadDigest.of(Bytes.utf8(payload));
  }
}
