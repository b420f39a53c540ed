;; The smallest module that does something.
(module
  (import "cairn" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello\n")
  (func (export "cairn_run")
    (call $write (i32.const 8) (i32.const 6))))
