/** Memory of every kind that a caller may give, and ways to take it away again in the middle of a call. */

/** A copy of some bytes in memory of one kind. */
export interface GivenMemory {
  readonly title: string;
  /** Bytes from `offset` on, as many as were given. */
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  /** Transfers, shrinks or overwrites it. */
  take(): void;
}

const OFFSET = 8;

/** An ArrayBuffer whose length may change; the types of Node 20 lack it. */
function resizable(bytes: number): ArrayBuffer & { resize(bytes: number): void } {
  const made: unknown = Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: bytes + OFFSET }]);
  return made as ArrayBuffer & { resize(bytes: number): void };
}

function webAssembly(bytes: number): { buffer: ArrayBuffer; take: () => void } {
  const wasm = (globalThis as { readonly WebAssembly?: unknown }).WebAssembly as {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): void };
  };
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / 65536) });
  // Growing gives it another buffer and leaves the old one without memory.
  return { buffer: memory.buffer, take: () => memory.grow(1) };
}

/** The bytes in memory of each kind. */
export function* givenMemories(bytes: Uint8Array): Generator<GivenMemory> {
  const fill = (buffer: ArrayBuffer, offset: number): ArrayBuffer => {
    new Uint8Array(buffer, offset, bytes.length).set(bytes);
    return buffer;
  };
  const transfer = (buffer: ArrayBuffer) => (): void => {
    structuredClone(buffer, { transfer: [buffer] });
  };
  const plain = fill(new ArrayBuffer(bytes.length), 0);
  yield { title: 'memory that is transferred', buffer: plain, offset: 0, take: transfer(plain) };
  const part = fill(new ArrayBuffer(bytes.length + 2 * OFFSET), OFFSET);
  yield { title: 'a part of memory that is transferred', buffer: part, offset: OFFSET, take: transfer(part) };
  const shrinking = resizable(bytes.length + OFFSET);
  fill(shrinking, OFFSET);
  yield { title: 'memory that shrinks', buffer: shrinking, offset: OFFSET, take: () => shrinking.resize(0) };
  const shared = fill(new SharedArrayBuffer(bytes.length) as unknown as ArrayBuffer, 0);
  yield { title: 'shared memory', buffer: shared, offset: 0, take: () => new Uint8Array(shared).fill(255) };
  const { buffer, take } = webAssembly(bytes.length + OFFSET);
  yield { title: 'memory of WebAssembly', buffer: fill(buffer, OFFSET), offset: OFFSET, take };
}
