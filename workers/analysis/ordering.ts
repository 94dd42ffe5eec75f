import { chunks, type Work } from './chunks.ts'

/** A dataset in ascending order, and how far from that order it was. */
export interface Ordering {
  readonly sorted: Float64Array
  /** Pairs i < j with values[i] > values[j]. Exact up to about 100 million values. */
  readonly inversions: number
}

/** Sorted by insertion before the first merge; shorter pieces cost more in merging than they save. */
const PIECE = 16

/**
 * A merge sort that counts inversions on its way (Knight, "A computer method for calculating
 * Kendall's tau", 1966), so that one sort in O(n log n) serves Kendall's S and every quantile.
 */
export function orderingOf(values: Float64Array, work: Work): Ordering {
  let from = values.slice()
  let to = new Float64Array(values.length)
  let inversions = sortPieces(from, work)
  for (let width = PIECE; width < values.length; width *= 2) {
    inversions += mergePairs(from, to, width, work)
    ;[from, to] = [to, from]
  }
  return { sorted: from, inversions }
}

function sortPieces(values: Float64Array, work: Work): number {
  let inversions = 0
  for (const [chunkStart, chunkEnd] of chunks(work, values.length)) {
    for (let start = chunkStart; start < chunkEnd; start += PIECE) {
      inversions += insertionSort(values, start, Math.min(start + PIECE, chunkEnd))
    }
  }
  return inversions
}

/** @returns the places that values moved, which is the number of inversions */
function insertionSort(values: Float64Array, start: number, end: number): number {
  let inversions = 0
  for (let i = start + 1; i < end; i++) {
    const value = values[i] as number
    let place = i
    while (place > start && (values[place - 1] as number) > value) {
      values[place] = values[place - 1] as number
      place--
    }
    values[place] = value
    inversions += i - place
  }
  return inversions
}

function mergePairs(from: Float64Array, to: Float64Array, width: number, work: Work): number {
  let inversions = 0
  for (let start = 0; start < from.length; start += 2 * width) {
    // Small pairs are many: one look for each 64K elements is enough.
    if (start % 65_536 === 0) work.throwIfAborted()
    const middle = Math.min(start + width, from.length)
    inversions += merge(from, to, start, middle, Math.min(middle + width, from.length))
  }
  return inversions
}

function merge(from: Float64Array, to: Float64Array, start: number, middle: number, end: number): number {
  if (middle === end || (from[middle - 1] as number) <= (from[middle] as number)) {
    to.set(from.subarray(start, end), start)
    return 0
  }
  let inversions = 0
  let left = start
  let right = middle
  let place = start
  while (left < middle && right < end) {
    const a = from[left] as number
    const b = from[right] as number
    if (a <= b) {
      to[place++] = a
      left++
    } else {
      to[place++] = b
      right++
      // b stood behind everything that is left on the left side.
      inversions += middle - left
    }
  }
  to.set(from.subarray(left, middle), place)
  to.set(from.subarray(right, end), place + middle - left)
  return inversions
}
