/** The next number towards minus infinity. */
export function nextBelow(value: number): number {
  if (value === 0) {
    return -Number.MIN_VALUE;
  }
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}
