import { chunks, type Work } from './chunks.ts'
import { type Finite, finite } from './finite.ts'

/** Listed at most, so that an answer stays small whatever the dataset. The count is complete. */
const MAX_LISTED = 100

/**
 * Values beyond Tukey's inner fences, 1.5 interquartile ranges outside the quartiles
 * (Tukey, "Exploratory Data Analysis", 1977), in the order of the dataset.
 */
export function tukeyOutliers(values: Float64Array, q1: number, q3: number, work: Work) {
  const reach = 1.5 * (q3 - q1)
  const [lowerFence, upperFence] = [q1 - reach, q3 + reach]
  const first: { index: number; value: Finite }[] = []
  let [below, above] = [0, 0]
  for (const [start, end] of chunks(work, values.length)) {
    for (let index = start; index < end; index++) {
      const value = values[index] as number
      if (value >= lowerFence && value <= upperFence) continue
      if (value < lowerFence) below++
      else above++
      if (first.length < MAX_LISTED) first.push({ index, value: finite(value) })
    }
  }
  return {
    method: 'Tukey fences: 1.5 interquartile ranges outside the quartiles',
    lowerFence: finite(lowerFence),
    upperFence: finite(upperFence),
    count: below + above,
    below,
    above,
    first,
  }
}
