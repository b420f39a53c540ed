/* How often each letter stands in each input, with the inputs' labels and types; the argument must be "letters". */
#include "cairn.h"

static uint8_t buffer[4096];

static void text(const char *s) {
  uint32_t length = 0;
  while (s[length]) {
    length++;
  }
  cairn_output_write(s, length);
}

static void number(uint64_t value) {
  char digits[20];
  uint32_t at = sizeof digits;
  do {
    digits[--at] = '0' + value % 10;
    value /= 10;
  } while (value);
  cairn_output_write(digits + at, sizeof digits - at);
}

static int is_letters(const uint8_t *given, uint32_t length) {
  static const char wanted[] = "letters";
  for (uint32_t i = 0; i < 7; i++) {
    if (given[i] != (uint8_t)wanted[i]) {
      return 0;
    }
  }
  return length == 7;
}

static void named(int32_t length) {
  if (length < 0) {
    text("-");
  } else {
    cairn_output_write(buffer, (uint32_t)length);
  }
}

CAIRN_RUN {
  if (!is_letters(buffer, cairn_argument(buffer, 8))) {
    cairn_fail("the argument must be: letters", 29);
  }
  for (int32_t input = 0; input < cairn_input_count(); input++) {
    uint64_t counts[26];
    __builtin_memset(counts, 0, sizeof counts);
    named(cairn_input_label(input, buffer, sizeof buffer));
    text(" ");
    named(cairn_input_type(input, buffer, sizeof buffer));
    text(" ");
    number(cairn_input_length(input));
    uint64_t at = 0;
    for (uint32_t got; (got = cairn_input_read(input, at, buffer, sizeof buffer)) != 0; at += got) {
      for (uint32_t i = 0; i < got; i++) {
        uint8_t letter = (buffer[i] | 0x20) - 'a';
        if (letter < 26) {
          counts[letter]++;
        }
      }
    }
    for (int i = 0; i < 26; i++) {
      if (counts[i]) {
        char name[3] = {' ', (char)('a' + i), '='};
        cairn_output_write(name, 3);
        number(counts[i]);
      }
    }
    text("\n");
  }
}
