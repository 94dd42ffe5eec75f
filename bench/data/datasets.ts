import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seeded } from '../../test/support/seeded.ts'
import type { ExpectedAnswer } from '../harness/expected-answer.ts'

/** A file with numbers that are known without computing with them. */
export interface Dataset {
  readonly bodyFile: string
  readonly form: 'json' | 'float64'
  readonly expected: ExpectedAnswer
}

/** As a count of milliseconds in seconds: three digits after the point. */
const UNIT = 1000

/** The whole numbers below `count` in thousandths, in an order from a seed, in a file of a folder. */
export async function writeDataset(folder: string, count: number, form: Dataset['form']): Promise<Dataset> {
  const numbers = shuffled(count).map((whole) => whole / UNIT)
  const bodyFile = join(folder, `${count}.${form}`)
  await writeFile(bodyFile, form === 'json' ? jsonOf(numbers) : new Uint8Array(numbers.buffer))
  return { bodyFile, form, expected: { kind: 'numbers', values: statisticsOf(count) } }
}

function jsonOf(numbers: Float64Array): string {
  return `{"dataset":[${numbers.join()}]}`
}

function shuffled(count: number): Float64Array<ArrayBuffer> {
  const random = seeded(count)
  const numbers = new Float64Array(count).map((_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const value = numbers[last] ?? 0
    numbers[last] = numbers[other] ?? 0
    numbers[other] = value
  }
  return numbers
}

/** In closed form: of n whole numbers in a row the variance is (n² − 1) / 12. */
function statisticsOf(count: number): Record<string, number> {
  const middle = (count - 1) / 2 / UNIT
  return {
    'analysisResult.count': count,
    'analysisResult.mean': middle,
    'analysisResult.median': middle,
    'analysisResult.sum': middle * count,
    'analysisResult.standardDeviation': Math.sqrt((count ** 2 - 1) / 12) / UNIT,
    'analysisResult.min': 0,
    'analysisResult.max': (count - 1) / UNIT,
  }
}
