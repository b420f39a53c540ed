/* Turns letters by 13 places: the inputs one after another, read piece by piece. */
#include "cairn.h"

static uint8_t buffer[65536];

static uint8_t turned(uint8_t c) {
  uint8_t letter = c | 0x20;
  if (letter < 'a' || letter > 'z') {
    return c;
  }
  return letter < 'n' ? c + 13 : c - 13;
}

CAIRN_RUN {
  int32_t count = cairn_input_count();
  for (int32_t input = 0; input < count; input++) {
    uint64_t at = 0;
    for (;;) {
      uint32_t got = cairn_input_read(input, at, buffer, sizeof buffer);
      if (got == 0) {
        break;
      }
      for (uint32_t i = 0; i < got; i++) {
        buffer[i] = turned(buffer[i]);
      }
      cairn_output_write(buffer, got);
      at += got;
    }
  }
}
