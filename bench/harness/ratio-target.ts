import type { Spread } from './comparison.ts'
import { number } from './table.ts'

export interface RatioTarget {
  /** `Offloop to sharp alone, in images a second` */
  readonly of: string
  readonly bound: 'at least' | 'at most'
  readonly value: number
  readonly measured: readonly { readonly label: string; readonly ratio: Spread | undefined }[]
}

/** A line for the page: whether the medians are what was aimed at, and by how much they are not. */
export function ratioTargetLine({ of, bound, value, measured }: RatioTarget): string {
  const verdicts = measured.map(({ label, ratio }) => {
    if (ratio === undefined) return `${label}: not measured`
    const missedBy = bound === 'at least' ? value - ratio.median : ratio.median - value
    const verdict = missedBy <= 0 ? '**met**' : `**missed** by ${number(missedBy)}`
    return `${label}: ${number(ratio.median)}, ${verdict}`
  })
  return `Target: ${of}, ${bound} ${number(value)}. ${verdicts.join('; ')}.`
}
