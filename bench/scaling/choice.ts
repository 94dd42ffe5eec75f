/** What one combination of processes and threads does of one kind of work. */
export interface Measured {
  readonly name: string
  readonly perSecond: number
  /** Of all processes of the cluster. */
  readonly residentBytes: number
}

/** So near to the best is as good: less than what two runs of the same combination differ by. */
export const NEAR = 0.95

/** @param all at least one */
export function bestOf(all: readonly Measured[]): Measured {
  return all.reduce((best, each) => (each.perSecond > best.perSecond ? each : best))
}

/** The one that needs the least memory of those that are near to the best. */
export function smallestNearBest(all: readonly Measured[]): Measured {
  const enough = bestOf(all).perSecond * NEAR
  return all
    .filter(({ perSecond }) => perSecond >= enough)
    .reduce((smallest, each) => (each.residentBytes < smallest.residentBytes ? each : smallest))
}

/** The one that needs the least memory of those that are near to the best in all kinds of work; undefined where none is. */
export function smallestForAll(works: readonly (readonly Measured[])[]): Measured | undefined {
  const [first = []] = works
  return first
    .filter(({ name }) => worstShareOf(name, works) >= NEAR)
    .toSorted((a, b) => a.residentBytes - b.residentBytes)[0]
}

/** The combination that leaves the least to be wished for: its worst share of the best, over all kinds of work, is the highest. */
export function bestOverall(works: readonly (readonly Measured[])[]): { name: string; worstShare: number } {
  const names = works[0]?.map(({ name }) => name) ?? []
  return names
    .map((name) => ({ name, worstShare: worstShareOf(name, works) }))
    .reduce((best, each) => (each.worstShare > best.worstShare ? each : best))
}

/** How much of the best a combination does where it does least; 0 where it was not measured. */
export function worstShareOf(name: string, works: readonly (readonly Measured[])[]): number {
  const shares = works.map((all) => {
    const own = all.find((each) => each.name === name)?.perSecond ?? 0
    return own / bestOf(all).perSecond
  })
  return Math.min(...shares)
}
