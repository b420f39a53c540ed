;; The sum of rotated bytes of the first input, as eight bytes: a byte loop and little else.
(module
  (import "cairn" "input_read" (func $read (param i32 i64 i32 i32) (result i32)))
  (import "cairn" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 17)
  (func (export "cairn_run")
    (local $at i64) (local $got i32) (local $i i32) (local $sum i64)
    (block $done
      (loop $more
        (local.set $got (call $read (i32.const 0) (local.get $at) (i32.const 65536) (i32.const 1048576)))
        (br_if $done (i32.eqz (local.get $got)))
        (local.set $i (i32.const 0))
        (loop $bytes
          (local.set $sum
            (i64.add
              (i64.rotl (local.get $sum) (i64.const 7))
              (i64.load8_u offset=65536 (local.get $i))))
          (br_if $bytes
            (i32.lt_u
              (local.tee $i (i32.add (local.get $i) (i32.const 1)))
              (local.get $got))))
        (local.set $at (i64.add (local.get $at) (i64.extend_i32_u (local.get $got))))
        (br $more)))
    (i64.store (i32.const 0) (local.get $sum))
    (call $write (i32.const 0) (i32.const 8))))
