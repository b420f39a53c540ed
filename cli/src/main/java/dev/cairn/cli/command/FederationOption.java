package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.evidence.Evidence;
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
        "The peer's federation; else, of a peer known by name, that of the store here; of an",
        "address that of the other sources, else of the store here, else 'default'."
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
    PeerPlaces.Place place = PeerPlaces.find(cairn, peer, name == null ? of(sources) : name);
    return name == null ? place : new PeerPlaces.Place(place.address(), place.pin(), name);
  }

  /** The federation of the first of the sources that says one; null for none. */
  private static @Nullable String of(Collection<Source> sources) {
    for (Source source : sources) {
      String told = said(() -> told(source));
      if (told != null) {
        return told;
      }
    }
    return null;
  }

  private static @Nullable String told(Source source) {
    if (source instanceof Source.StoreAt at) {
      return StoreDirectory.federation(at.directory());
    }
    if (source instanceof Source.BundleFile bundle) {
      return BundleFiles.federation(bundle.file());
    }
    if (source instanceof Source.EvidenceFile file) {
      Bytes evidence = Sources.evidence(file);
      return Evidence.isEvidence(evidence) ? Evidence.decode(evidence).federation() : null;
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

  private static String orDefault(Supplier<@Nullable String> told) {
    String said = said(told);
    return said == null ? Federation.DEFAULT_NAME : said;
  }

  /** What is too damaged says nothing here: whoever opens it tells. */
  private static @Nullable String said(Supplier<@Nullable String> told) {
    try {
      return told.get();
    } catch (DamagedException | MalformedException | UnsupportedVersionException e) {
      return null;
    }
  }
}
