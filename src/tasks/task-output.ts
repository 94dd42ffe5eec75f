/** Bytes that a task answers with, instead of JSON. */
export interface BinaryOutput {
  readonly [binaryBrand]: true
  readonly bytes: Uint8Array
  readonly contentType: string
}

const binaryBrand: unique symbol = Symbol.for('offloop.binary') as never

/**
 * An answer of bytes. A view that owns its whole ArrayBuffer is transferred without a copy; it is
 * detached afterwards, so a task must not keep it.
 */
export function binary(bytes: Uint8Array, contentType: string): BinaryOutput {
  return { [binaryBrand]: true, bytes, contentType }
}

export function isBinary(value: unknown): value is BinaryOutput {
  return typeof value === 'object' && value !== null && binaryBrand in value
}
