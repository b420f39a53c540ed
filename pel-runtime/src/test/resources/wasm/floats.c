/* Arithmetic that gives NaN, infinities, rounding and signs, and shows all bits of what comes out. */
#include "cairn.h"

static volatile double zero = 0.0;
static volatile float zero32 = 0.0f;

static void show(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, 8);
  char line[17];
  for (int i = 0; i < 16; i++) {
    line[i] = "0123456789abcdef"[bits >> (60 - 4 * i) & 15];
  }
  line[16] = '\n';
  cairn_output_write(line, 17);
}

CAIRN_RUN {
  double nan = zero / zero;
  double inf = 1.0 / zero;
  float nan32 = zero32 / zero32;
  show(nan);
  show(-nan);
  show(nan + 1.0);
  show(inf - inf);
  show(inf * zero);
  show(__builtin_sqrt(-1.0 + zero));
  show(__builtin_copysign(3.0, -nan));
  show(__builtin_fabs(-nan));
  show((double)nan32);
  show((double)-nan32);
  show((double)(float)nan);
  uint64_t odd = 0x7ff4dead0000beefULL;
  double signalling;
  __builtin_memcpy(&signalling, &odd, 8);
  volatile double kept = signalling;
  show(kept);
  show(kept + zero);
  double sum = 0;
  for (int i = 1; i < 1000; i++) {
    sum = sum * 1.0000001 + 1.0 / i - __builtin_floor(sum / 3.0);
  }
  show(sum);
}
