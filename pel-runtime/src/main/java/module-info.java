import org.jspecify.annotations.NullMarked;

/** The program execution layer: programs, operators, the executor, receipts and the ledger. */
@NullMarked
module dev.cairn.pel {
  requires static transitive org.jspecify;
  requires transitive dev.cairn.asl;
  requires transitive dev.cairn.tgk;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;
  requires org.snakeyaml.engine;
}
