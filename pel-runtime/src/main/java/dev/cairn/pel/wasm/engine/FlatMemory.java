package dev.cairn.pel.wasm.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.LongConsumer;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.Instruction;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/**
 * Linear memory in one array, which has room for more than there is: for one instance and one
 * thread. Every access looks at the size itself, so that what lies behind it is a trap.
 *
 * <p>The library's own memories lie in pages and cost more at each access. The data segments are
 * the instance's own list, in which it notes what is dropped.
 */
final class FlatMemory implements Memory {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final MemoryLimits limits;
  private final LongConsumer made;
  private byte[] bytes;
  private int size;
  private DataSegment[] segments = new DataSegment[0];

  /**
   * Memory of the pages that there are at first.
   *
   * @param made told of bytes before they are there
   */
  FlatMemory(MemoryLimits limits, LongConsumer made) {
    this.limits = limits;
    this.made = made;
    this.size = limits.initialPages() * PAGE_SIZE;
    made.accept(size);
    this.bytes = new byte[size];
  }

  /** Where {@code count} bytes from an address begin, if they are all there. */
  private int at(int address, int count) {
    if (address < 0 || address > size - count) {
      throw new WasmRuntimeException("out of bounds memory access");
    }
    return address;
  }

  private int range(int address, int length) {
    if ((address | length) < 0 || address > size - length) {
      throw new WasmRuntimeException("out of bounds memory access");
    }
    return address;
  }

  @Override
  public int pages() {
    return size / PAGE_SIZE;
  }

  @Override
  public int grow(int more) {
    int before = pages();
    if (more < 0 || more > limits.maximumPages() - before) {
      return -1;
    }
    made.accept((long) more * PAGE_SIZE);
    int newSize = (before + more) * PAGE_SIZE;
    if (newSize > bytes.length) {
      long doubled = Math.min(2L * bytes.length, (long) limits.maximumPages() * PAGE_SIZE);
      bytes = Arrays.copyOf(bytes, (int) Math.max(newSize, doubled));
    }
    size = newSize;
    return before;
  }

  @Override
  public int initialPages() {
    return limits.initialPages();
  }

  @Override
  public int maximumPages() {
    return limits.maximumPages();
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  @SuppressWarnings("removal")
  public Object lock(int address) {
    throw new AssertionError("a module with atomic instructions was let in");
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, int expected, long timeout) {
    throw new AssertionError("a module with atomic instructions was let in");
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, long expected, long timeout) {
    throw new AssertionError("a module with atomic instructions was let in");
  }

  @Override
  @SuppressWarnings("removal")
  public int notify(int address, int maxThreads) {
    throw new AssertionError("a module with atomic instructions was let in");
  }

  /** Offsets are constants and lie within the memory: the rewriter has seen to that. */
  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    segments = dataSegments;
    for (DataSegment segment : segments) {
      if (segment instanceof ActiveDataSegment active) {
        Instruction offset = active.offsetInstructions().get(0);
        write((int) offset.operand(0), active.data(), 0, active.data().length);
      }
    }
  }

  @Override
  public void initPassiveSegment(int segment, int to, int offset, int length) {
    // What was written at the beginning is as if it were dropped.
    DataSegment given = segments[segment];
    byte[] data = given instanceof ActiveDataSegment ? new byte[0] : given.data();
    if ((offset | length) < 0 || offset > data.length - length) {
      throw new WasmRuntimeException("out of bounds memory access");
    }
    write(to, data, offset, length);
  }

  @Override
  public void drop(int segment) {
    segments[segment] = PassiveDataSegment.EMPTY;
  }

  @Override
  public void write(int address, byte[] source, int offset, int length) {
    System.arraycopy(source, offset, bytes, range(address, length), length);
  }

  @Override
  public byte read(int address) {
    return bytes[at(address, 1)];
  }

  @Override
  public byte[] readBytes(int address, int length) {
    int from = range(address, length);
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  @Override
  public void writeI32(int address, int value) {
    INTS.set(bytes, at(address, 4), value);
  }

  @Override
  public int readInt(int address) {
    return (int) INTS.get(bytes, at(address, 4));
  }

  @Override
  public void writeLong(int address, long value) {
    LONGS.set(bytes, at(address, 8), value);
  }

  @Override
  public long readLong(int address) {
    return (long) LONGS.get(bytes, at(address, 8));
  }

  @Override
  public void writeShort(int address, short value) {
    SHORTS.set(bytes, at(address, 2), value);
  }

  @Override
  public short readShort(int address) {
    return (short) SHORTS.get(bytes, at(address, 2));
  }

  @Override
  public long readU16(int address) {
    return readShort(address) & 0xffff;
  }

  @Override
  public void writeByte(int address, byte value) {
    bytes[at(address, 1)] = value;
  }

  @Override
  public void writeF32(int address, float value) {
    writeI32(address, Float.floatToRawIntBits(value));
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public float readFloat(int address) {
    return Float.intBitsToFloat(readInt(address));
  }

  @Override
  public void writeF64(int address, double value) {
    writeLong(address, Double.doubleToRawLongBits(value));
  }

  @Override
  public double readDouble(int address) {
    return Double.longBitsToDouble(readLong(address));
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  /** It is fresh. */
  @Override
  public void zero() {}

  /** The end is computed from an unsigned length and may be anything. */
  @Override
  public void fill(byte value, int from, int to) {
    range(from, to - from);
    Arrays.fill(bytes, from, to, value);
  }

  @Override
  public void copy(int to, int from, int length) {
    System.arraycopy(bytes, range(from, length), bytes, range(to, length), length);
  }
}
