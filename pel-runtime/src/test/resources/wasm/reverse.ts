// The bytes of the first input, last one first (AssemblyScript).
@external("cairn", "input_length")
declare function input_length(input: i32): i64;
@external("cairn", "input_read")
declare function input_read(input: i32, offset: i64, to: usize, room: usize): usize;
@external("cairn", "output_write")
declare function output_write(from: usize, length: usize): void;

export function cairn_run(): void {
  const length = <i32>input_length(0);
  const bytes = new Uint8Array(length);
  input_read(0, 0, bytes.dataStart, length);
  bytes.reverse();
  output_write(bytes.dataStart, length);
}
