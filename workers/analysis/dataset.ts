import { endianness } from 'node:os'
import { TaskError } from '../../src/index.ts'
import { chunks, type Work } from './chunks.ts'
import { received, receivedText } from './received.ts'

/**
 * A JSON array as doubles, checked and converted in one pass.
 *
 * @throws {TaskError} `DATASET_EMPTY`, or `DATASET_INVALID` for the first element that is not a finite number
 */
export function datasetFromJson(dataset: readonly unknown[], work: Work): Float64Array<ArrayBuffer> {
  if (dataset.length === 0) throw emptyDataset()
  const values = new Float64Array(dataset.length)
  for (const [start, end] of chunks(work, dataset.length)) {
    for (let index = start; index < end; index++) {
      const value = dataset[index]
      // A literal like 1e999 is valid JSON and becomes infinity.
      if (typeof value !== 'number' || !Number.isFinite(value)) throw notFinite(index, value)
      values[index] = value
    }
  }
  return values
}

/**
 * Little-endian float64 as it lies in memory; not copied.
 *
 * @param bytes own their whole ArrayBuffer
 * @throws {TaskError} `DATASET_EMPTY`, or `DATASET_INVALID` for a length that is no multiple of 8, NaN and infinity
 */
export function datasetFromFloat64(bytes: Uint8Array<ArrayBuffer>, work: Work): Float64Array<ArrayBuffer> {
  if (bytes.length === 0) throw emptyDataset()
  if (bytes.length % Float64Array.BYTES_PER_ELEMENT !== 0) {
    throw new TaskError(
      'DATASET_INVALID',
      `Cannot read the body as float64: expected a multiple of 8 bytes, got ${bytes.length}`,
      { details: { bytes: bytes.length, remainder: bytes.length % Float64Array.BYTES_PER_ELEMENT } },
    )
  }
  if (endianness() === 'BE') Buffer.from(bytes.buffer).swap64()
  const values = new Float64Array(bytes.buffer)
  for (const [start, end] of chunks(work, values.length)) {
    for (let index = start; index < end; index++) {
      if (!Number.isFinite(values[index])) throw notFinite(index, values[index])
    }
  }
  return values
}

export function emptyDataset(): TaskError {
  return new TaskError('DATASET_EMPTY', 'The dataset is empty: at least one number is needed')
}

function notFinite(index: number, value: unknown): TaskError {
  return new TaskError(
    'DATASET_INVALID',
    `Cannot use the element at index ${index}: expected a finite number, got ${receivedText(value)}`,
    { details: { index, received: received(value) } },
  )
}
