import org.jspecify.annotations.NullMarked;

/** The program execution layer: programs, operators, the executor, receipts and the ledger. */
@NullMarked
module dev.cairn.pel {
  exports dev.cairn.pel.distributed;
  exports dev.cairn.pel.index;
  exports dev.cairn.pel.model;
  exports dev.cairn.pel.operator;
  exports dev.cairn.pel.operator.zstd;
  exports dev.cairn.pel.run;
  exports dev.cairn.pel.text;
  exports dev.cairn.pel.wasm;

  requires static transitive org.jspecify;
  requires transitive dev.cairn.asl;
  requires transitive dev.cairn.tgk;
  requires cel;
  requires com.dashjoin.jsonata;
  requires com.fasterxml.jackson.core;
  requires com.github.luben.zstd_jni;
  requires com.google.common;
  requires org.slf4j;
  requires org.snakeyaml.engine;
  requires org.threeten.extra;
  requires re2j;
  requires run.endive.compiler;
  requires run.endive.runtime;
  requires run.endive.wasm;

  uses dev.cairn.pel.operator.Operator;

  provides dev.cairn.pel.operator.Operator with
      dev.cairn.pel.wasm.WasmRun;
}
