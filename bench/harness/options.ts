import { parseArgs } from 'node:util'
import type { Effort } from './benchmark.ts'

export interface BenchOptions {
  readonly effort: Effort
  readonly check: boolean
  /** Of the benchmarks that are to be run; none for all. */
  readonly names: readonly string[]
}

/** The message says which option, which value, and what was wanted. */
export class BenchOptionError extends Error {
  override readonly name = 'BenchOptionError'
}

/**
 * What stands behind `npm run bench --`.
 *
 * @throws {BenchOptionError} for an option that there is not, or a value that cannot be used: a run without a round would
 *   put nothing in the place of what was measured
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parsed(args)
  const rounds = numberOf(
    '--rounds',
    values.rounds,
    'a whole number from 1',
    (value) => Number.isInteger(value) && value >= 1,
  )
  const seconds = numberOf('--seconds', values.seconds, 'a number above 0', (value) => value > 0)
  return { effort: { rounds, seconds }, check: values.check, names: positionals }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        /** Of one measurement. */
        seconds: { type: 'string', default: '8' },
        check: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new BenchOptionError((error as Error).message, { cause: error })
  }
}

function numberOf(option: string, given: string, wanted: string, isFine: (value: number) => boolean): number {
  const value = Number(given)
  if (given.trim() !== '' && Number.isFinite(value) && isFine(value)) return value
  throw new BenchOptionError(`Cannot use ${option}: expected ${wanted}, got "${given}"`)
}
