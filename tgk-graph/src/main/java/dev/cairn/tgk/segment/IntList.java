package dev.cairn.tgk.segment;

import java.util.Arrays;

/** Numbers that become more. One owner. */
final class IntList {
  private int[] numbers = new int[16];
  private int size;

  int size() {
    return size;
  }

  int get(int index) {
    return numbers[index];
  }

  void add(int number) {
    if (size == numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.addExact(size, (size >>> 1) + 1));
    }
    numbers[size++] = number;
  }
}
