import type { PlaceTotals, StallCounts, StallSummary } from '../protocol/operators-api.ts'

/** A stall that is over. */
export interface EndedStall {
  readonly ms: number
  /** ISO 8601. */
  readonly at: string
  /** Undefined where that is not known. */
  readonly where: string | undefined
}

/** Places that are told. */
const MOST_TOLD = 20

/** Places that are kept apart, so that a place which begins small can come to be among those that are told. */
const MOST_KEPT = 200

const NOTHING: StallCounts = { count: 0, totalMs: 0, longestMs: 0, lastAt: null }

export const NO_STALLS: StallSummary = {
  count: 0,
  totalMs: 0,
  longestMs: 0,
  last: null,
  places: [],
  other: NOTHING,
  unknown: NOTHING,
}

/** Adds up stalls by their places: those of one event loop, or those of several that were added up already. */
export class StallTotals {
  /** By function: a loop is seen now at one of its lines, now at another. */
  readonly #places = new Map<string, PlaceTotals>()
  #other = NOTHING
  #unknown = NOTHING
  #last: StallSummary['last'] = null

  add({ ms, at, where }: EndedStall): void {
    const counts = { count: 1, totalMs: ms, longestMs: ms, lastAt: at }
    if (where === undefined) {
      this.#unknown = sum(this.#unknown, counts)
      return
    }
    this.#last = newer(this.#last, { at, ms, where })
    this.#addPlace({ where, ...counts })
  }

  merge({ places, other, unknown, last }: StallSummary): void {
    for (const place of places) this.#addPlace(place)
    this.#other = sum(this.#other, other)
    this.#unknown = sum(this.#unknown, unknown)
    this.#last = newer(this.#last, last)
  }

  summary(): StallSummary {
    const places = this.#byTotal()
    const told = places.slice(0, MOST_TOLD)
    const other = places.slice(MOST_TOLD).reduce<StallCounts>(sum, this.#other)
    const { count, totalMs, longestMs } = [...told, other].reduce<StallCounts>(sum, this.#unknown)
    return { count, totalMs, longestMs, last: this.#last, places: told, other, unknown: this.#unknown }
  }

  #addPlace(place: PlaceTotals): void {
    const key = functionOf(place.where)
    const before = this.#places.get(key)
    this.#places.set(key, before ? together(before, place) : place)
    if (this.#places.size <= MOST_KEPT) return
    const least = this.#byTotal().at(-1)
    if (least === undefined) return
    this.#other = sum(this.#other, least)
    this.#places.delete(functionOf(least.where))
  }

  /** The worst one first. */
  #byTotal(): PlaceTotals[] {
    return [...this.#places.values()].toSorted((a, b) => b.totalMs - a.totalMs)
  }
}

/** Without its line, unless that is all that tells it from others. */
function functionOf(where: string): string {
  return where.includes('<anonymous>') ? where.replace(/:\d+\)$/, ')') : where.replace(/:\d+:\d+\)$/, ')')
}

/** At the line where it was seen last. */
function together(a: PlaceTotals, b: PlaceTotals): PlaceTotals {
  const { where } = (a.lastAt ?? '') > (b.lastAt ?? '') ? a : b
  return { where, ...sum(a, b) }
}

function sum(a: StallCounts, b: StallCounts): StallCounts {
  return {
    count: a.count + b.count,
    totalMs: a.totalMs + b.totalMs,
    longestMs: Math.max(a.longestMs, b.longestMs),
    lastAt: later(a.lastAt, b.lastAt),
  }
}

/** Times of one form sort as texts. */
function later(a: string | null, b: string | null): string | null {
  return (a ?? '') < (b ?? '') ? b : a
}

function newer(a: StallSummary['last'], b: StallSummary['last']): StallSummary['last'] {
  return (a?.at ?? '') <= (b?.at ?? '') ? (b ?? a) : a
}
