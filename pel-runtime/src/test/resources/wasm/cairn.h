/* What a module may ask Cairn for: docs/wasm.md. */
#ifndef CAIRN_H
#define CAIRN_H

#include <stdint.h>

#define CAIRN_IMPORT(name) __attribute__((import_module("cairn"), import_name(#name)))

CAIRN_IMPORT(input_count) int32_t cairn_input_count(void);
CAIRN_IMPORT(input_length) int64_t cairn_input_length(int32_t input);
CAIRN_IMPORT(input_type) int32_t cairn_input_type(int32_t input, void *to, uint32_t room);
CAIRN_IMPORT(input_label) int32_t cairn_input_label(int32_t input, void *to, uint32_t room);
CAIRN_IMPORT(input_read)
uint32_t cairn_input_read(int32_t input, uint64_t offset, void *to, uint32_t room);
CAIRN_IMPORT(argument) uint32_t cairn_argument(void *to, uint32_t room);
CAIRN_IMPORT(output_write) void cairn_output_write(const void *from, uint32_t length);
CAIRN_IMPORT(fail) _Noreturn void cairn_fail(const void *message, uint32_t length);

/* The function that does the work. */
#define CAIRN_RUN __attribute__((export_name("cairn_run"))) void cairn_run(void)

#endif
