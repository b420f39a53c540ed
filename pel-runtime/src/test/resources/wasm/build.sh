#!/usr/bin/env bash
# Builds the modules beside this script again; the build of Cairn does not need it.
# Needs wabt, clang 14 with lld, rustc with the target wasm32-unknown-unknown, and AssemblyScript's asc.
set -euo pipefail
cd "$(dirname "$0")"
for source in *.wat; do
  wat2wasm "$source" -o "${source%.wat}.wasm"
done
for source in *.c; do
  clang-14 --target=wasm32 -O2 -mbulk-memory -nostdlib -Wl,--no-entry -Wl,--strip-all "$source" -o "${source%.c}.wasm"
done
"${RUSTC:-rustc}" --target wasm32-unknown-unknown -O -C strip=symbols -C lto=fat -C panic=abort wordcount.rs -o wordcount.wasm
"${ASC:-asc}" reverse.ts --runtime stub --use abort= -O -o reverse.wasm
