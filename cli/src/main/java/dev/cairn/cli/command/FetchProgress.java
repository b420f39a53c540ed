package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Stage;
import dev.cairn.federation.fetch.PayloadFetcher;
import java.util.function.Supplier;

/** Progress of payloads that peers are asked for, by their bytes. */
final class FetchProgress {
  private FetchProgress() {}

  /** Fetches. */
  static <T> T watch(Console console, PayloadFetcher fetcher, Supplier<T> work) {
    return console.watching(
        () -> Stage.ofBytes("payloads fetched", fetcher.bytesWanted(), fetcher.bytesSettled()),
        work);
  }
}
