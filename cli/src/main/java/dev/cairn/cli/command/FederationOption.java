package dev.cairn.cli.command;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.Federation;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.node.StoreDirectory;
import java.util.Collection;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says of which federation a peer is, for who has no store of it. */
final class FederationOption {
  @Option(
      names = "--federation",
      paramLabel = "NAME",
      description = {
        "The peer's federation; else that of the other sources, else that of the store here,",
        "else 'default'."
      })
  private @Nullable String name;

  /** Refuses what is no name. */
  void check() {
    if (name != null) {
      try {
        Federation.checkName(name);
      } catch (MalformedException e) {
        throw CommandFailure.usage("--federation: " + e.getMessage(), "give the peer's");
      }
    }
  }

  /**
   * Where a peer is to be found, and of which federation it is taken to be.
   *
   * @param sources others that may say so
   */
  PeerPlaces.Place find(CairnCommand cairn, Source.Peer peer, Collection<Source> sources) {
    PeerPlaces.Place place = PeerPlaces.find(cairn, peer, of(sources));
    return name == null ? place : new PeerPlaces.Place(place.address(), place.pin(), name);
  }

  /** The federation of the stores and bundles among sources, the first one's; null for none. */
  private static @Nullable String of(Collection<Source> sources) {
    for (Source source : sources) {
      if (source instanceof Source.StoreAt at) {
        return of(at);
      }
      if (source instanceof Source.BundleFile bundle) {
        return of(bundle);
      }
    }
    return null;
  }

  /** The federation of a store; of one that is too damaged to say so, any: it will not open. */
  static String of(Source.StoreAt store) {
    return orDefault(() -> StoreDirectory.federation(store.directory()));
  }

  /** The federation that a bundle names; of one whose header is damaged, any: it is not applied. */
  static String of(Source.BundleFile bundle) {
    return orDefault(() -> BundleFiles.federation(bundle.file()));
  }

  private static String orDefault(Supplier<String> told) {
    try {
      return told.get();
    } catch (DamagedException | MalformedException | UnsupportedVersionException e) {
      return Federation.DEFAULT_NAME;
    }
  }
}
