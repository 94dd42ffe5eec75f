import { chunks, type Work } from './chunks.ts'
import { finite } from './finite.ts'
import type { Moments } from './moments.ts'

/** Bounds time and answer: each change point costs at most one more pass over the values. */
export const MAX_CHANGE_POINTS = 30

/** The mean of fewer values is mostly noise. */
const MIN_SEGMENT = 5

/** Sums of squares this far below the whole are rounding. */
const ROUNDING = 1e-24

/**
 * Places where the mean shifts: binary segmentation (Scott and Knott 1974), which splits where that
 * takes most off the sum of squares, the best split of all segments first. A split must be worth
 * more than the penalty, n · ln(SSE before / SSE after) > 3 · ln n: Schwarz's criterion (Yao 1988) for
 * unknown variance, with three for two as Zhang and Siegmund (2007) found for change points. In the
 * end each place is looked for once more between its neighbours (Bai 1997).
 *
 * Takes the values between the shifts as independent: a trend or a slow wave appears as stairs.
 *
 * @param deviations from the mean, in the frame of the moments
 */
export function changePoints(deviations: Float64Array, moments: Moments, work: Work) {
  const { places, limited } = binarySegmentation(deviations, moments.m2 * deviations.length, work)
  const bounds = [0, ...repartition(deviations, places, work), deviations.length]
  const means = bounds.slice(1).map((end, i) => meanOf(deviations, bounds[i] as number, end, work))
  const { unit } = moments.frame
  const level = (i: number) => finite((moments.mean / unit + (means[i] as number)) * unit)
  return {
    method: `binary segmentation of the mean, penalty 3 ln n, at least ${MIN_SEGMENT} values a segment`,
    count: places.length,
    limited,
    points: bounds.slice(1, -1).map((index, i) => ({ index, meanBefore: level(i), meanAfter: level(i + 1) })),
  }
}

/** Where a segment splits best: the first index of its right part, and what that takes off the sum of squares. */
interface Split {
  readonly index: number
  readonly gain: number
}

interface Segment {
  readonly start: number
  readonly end: number
  readonly split: Split
}

function binarySegmentation(deviations: Float64Array, sumOfSquares: number, work: Work) {
  const n = deviations.length
  const segment = (start: number, end: number): Segment => ({
    start,
    end,
    split: bestSplit(deviations, start, end, work),
  })
  const worthwhile = (gain: number, rest: number) => {
    if (gain <= ROUNDING * sumOfSquares) return false
    const after = Math.max(rest - gain, ROUNDING * sumOfSquares)
    return n * Math.log(rest / after) > 3 * Math.log(n)
  }
  const segments = [segment(0, n)]
  const places: number[] = []
  let rest = sumOfSquares
  for (;;) {
    const best = segments.reduce((a, b) => (b.split.gain > a.split.gain ? b : a))
    if (!worthwhile(best.split.gain, rest)) return { places, limited: false }
    if (places.length === MAX_CHANGE_POINTS) return { places, limited: true }
    const { start, end, split } = best
    places.push(split.index)
    rest = Math.max(0, rest - split.gain)
    segments.splice(segments.indexOf(best), 1, segment(start, split.index), segment(split.index, end))
  }
}

/** A split was chosen before its neighbours were known. */
function repartition(deviations: Float64Array, places: readonly number[], work: Work): number[] {
  const refined = places.toSorted((a, b) => a - b)
  for (const [i, place] of refined.entries()) {
    const split = bestSplit(deviations, refined[i - 1] ?? 0, refined[i + 1] ?? deviations.length, work)
    refined[i] = split.gain > 0 ? split.index : place
  }
  return refined
}

/**
 * With D the sum of the first k deviations from the segment's own mean, splitting the segment of m
 * values after them takes D² · m / (k(m − k)) off its sum of squares.
 */
function bestSplit(deviations: Float64Array, from: number, to: number, work: Work): Split {
  const length = to - from
  if (length < 2 * MIN_SEGMENT) return { index: from, gain: 0 }
  const mean = meanOf(deviations, from, to, work)
  let [sum, index, highest] = [0, from, 0]
  for (const [start, end] of chunks(work, to - MIN_SEGMENT, from)) {
    for (let i = start; i < end; i++) {
      sum += (deviations[i] as number) - mean
      const taken = i + 1 - from
      if (taken < MIN_SEGMENT) continue
      const gain = (sum * sum) / (taken * (length - taken))
      if (gain <= highest) continue
      highest = gain
      index = i + 1
    }
  }
  return { index, gain: highest * length }
}

function meanOf(deviations: Float64Array, from: number, to: number, work: Work): number {
  let sum = 0
  for (const [start, end] of chunks(work, to, from)) {
    let part = 0
    for (let i = start; i < end; i++) part += deviations[i] as number
    sum += part
  }
  return sum / (to - from)
}
