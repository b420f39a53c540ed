// Counts bytes, words and lines of all inputs.
#![crate_type = "cdylib"]

#[link(wasm_import_module = "cairn")]
extern "C" {
    fn input_count() -> i32;
    fn input_read(input: i32, offset: u64, to: *mut u8, room: usize) -> usize;
    fn output_write(from: *const u8, length: usize);
}

#[no_mangle]
pub extern "C" fn cairn_run() {
    let mut buffer = vec![0u8; 65536];
    let (mut bytes, mut words, mut lines) = (0u64, 0u64, 0u64);
    for input in 0..unsafe { input_count() } {
        let mut at = 0u64;
        let mut inside = false;
        loop {
            let got = unsafe { input_read(input, at, buffer.as_mut_ptr(), buffer.len()) };
            if got == 0 {
                break;
            }
            for &byte in &buffer[..got] {
                let space = byte.is_ascii_whitespace();
                words += u64::from(!space && !inside);
                inside = !space;
                lines += u64::from(byte == b'\n');
            }
            at += got as u64;
        }
        bytes += at;
    }
    let text = format!("{} bytes, {} words, {} lines\n", bytes, words, lines);
    unsafe { output_write(text.as_ptr(), text.len()) };
}
