package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchData;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the bare records of a stretch, the key of their origin and the checkpoint behind them.
 * Nothing of it is verified here. At most as many records as were asked for are taken. One owner at
 * a time; used once.
 */
final class RecordsTalk implements BootstrapTalk, StretchParser.Sink {
  private final StretchAsk ask;
  private final StretchParser parser = new StretchParser(this);
  private final List<Bytes> records = new ArrayList<>();
  private boolean asked;
  private @Nullable StretchEnd end;

  RecordsTalk(StretchAsk ask) {
    this.ask = ask;
  }

  /** What came. */
  List<Bytes> records() {
    return List.copyOf(records);
  }

  /** Who signs the log; empty if that did not come. */
  Bytes key() {
    return end == null ? Bytes.EMPTY : end.key();
  }

  /** The checkpoint at the end; empty if that did not come. */
  Bytes note() {
    return end == null ? Bytes.EMPTY : end.note();
  }

  @Override
  public @Nullable BootstrapMessage next() {
    if (asked) {
      return null;
    }
    asked = true;
    return ask;
  }

  @Override
  public boolean hasNext() {
    return !asked;
  }

  @Override
  public void accept(BootstrapMessage answer) {
    if (!isAwaiting()) {
      throw new MalformedException("bootstrap: an answer to nothing");
    }
    if (answer instanceof StretchData data) {
      parser.parse(data.data());
    } else if (answer instanceof StretchEnd last) {
      end = last;
    } else {
      throw new MalformedException("bootstrap: no answer to what was asked");
    }
  }

  @Override
  public boolean isAwaiting() {
    return asked && end == null;
  }

  @Override
  public boolean isDone() {
    return end != null;
  }

  @Override
  public void record(Bytes record, @Nullable Bytes payload) {
    if (payload != null || records.size() >= ask.to() - ask.from()) {
      throw notAsked();
    }
    records.add(Bytes.wrap(record.toArray()));
  }

  @Override
  public void recordOfLarge(Bytes record, long length) {
    throw notAsked();
  }

  @Override
  public void piece(Bytes piece) {
    throw notAsked();
  }

  @Override
  public void endOfLarge() {
    throw notAsked();
  }

  @Override
  public void checkpoint(Bytes note) {
    throw notAsked();
  }

  private static MalformedException notAsked() {
    return new MalformedException("bootstrap: more than the bare records that were asked for");
  }
}
