import { median } from '../../test/support/load-result.ts'
import type { Row } from './benchmark.ts'

/** The middle of several rounds, and how far they are apart. */
export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

export interface Selection {
  readonly contender: string
  readonly variant: string
}

/** A figure of one contender over all rounds; undefined where no row has it. */
export function spreadOf(rows: readonly Row[], which: Selection, figure: string): Spread | undefined {
  return spread(select(rows, which).flatMap(({ figures }) => figures[figure] ?? []))
}

/**
 * A figure of one contender as a multiple of another's in the same round, over all rounds: what a noisy machine did to
 * both is not in it.
 */
export function ratioOf(
  rows: readonly Row[],
  which: Selection,
  to: Selection,
  figure: string,
): Spread | undefined {
  const others = select(rows, to)
  const ratios = select(rows, which).flatMap(({ round, figures }) => {
    const other = others.find((row) => row.round === round)?.figures[figure]
    const own = figures[figure]
    return own === undefined || other === undefined || other === 0 ? [] : [own / other]
  })
  return spread(ratios)
}

export function variantsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ variant }) => variant))]
}

export function contendersOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ contender }) => contender))]
}

function select(rows: readonly Row[], { contender, variant }: Selection): Row[] {
  return rows.filter((row) => row.contender === contender && row.variant === variant)
}

/** Undefined for no values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) }
}
