package dev.cairn.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.engine.rocksdb.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
  @TempDir Path folder;

  @Test
  void everyCommandOfTheRehearsalDoesItsWork() throws IOException {
    assertThat(Rehearsal.rehearse(folder)).isZero();
  }

  @Test
  void theNativeLibraryIsUnpackedWholeAndAgainOverAnOldOne() {
    Path library = NativeLibrary.unpackInto(folder.resolve("native"));
    assertThat(library).isNotEmptyFile();
    assertThat(NativeLibrary.unpackInto(folder.resolve("native"))).isEqualTo(library);
    assertThat(folder.resolve("native")).isDirectoryContaining(library::equals);
    assertThat(folder.resolve("native").toFile().list()).hasSize(1);
  }
}
