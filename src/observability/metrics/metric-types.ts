/** What all kinds of metrics have. */
interface Common<Labels extends readonly string[]> {
  /** Begins with `offloop_` and ends in the unit. */
  readonly name: string
  /** One sentence for the person who finds it in a list. */
  readonly help: string
  readonly labels: Labels
}

/** Only ever grows, over the ends of processes too. */
export interface Counter<Labels extends readonly string[] = readonly string[]> extends Common<Labels> {
  readonly type: 'counter'
}

/** Like a counter, by size. */
export interface Histogram<Labels extends readonly string[] = readonly string[]> extends Common<Labels> {
  readonly type: 'histogram'
  /** Upper bounds, inclusive and ascending. What is above the last one has a bucket of its own. */
  readonly buckets: readonly number[]
}

/** How something is at the moment. */
export interface Gauge<Labels extends readonly string[] = readonly string[]> extends Common<Labels> {
  readonly type: 'gauge'
}

export type Metric = Counter | Histogram | Gauge

/** A value for each label, in their order. */
export type LabelValues<Labels extends readonly string[]> = { readonly [At in keyof Labels]: string }

type Given<Kind, Labels extends readonly string[]> = Omit<Kind, 'type' | 'labels'> & {
  readonly labels: Labels
}

export function counter<const Labels extends readonly string[]>(
  given: Given<Counter, Labels>,
): Counter<Labels> {
  return { type: 'counter', ...given }
}

export function histogram<const Labels extends readonly string[]>(
  given: Given<Histogram, Labels>,
): Histogram<Labels> {
  return { type: 'histogram', ...given }
}

export function gauge<const Labels extends readonly string[]>(given: Given<Gauge, Labels>): Gauge<Labels> {
  return { type: 'gauge', ...given }
}

/**
 * Numbers that one series of a metric is kept in: for a counter its value; for a histogram how many fell
 * into each bucket, the one above the last bound included, and then the sum of all values.
 */
export function cellsOf(metric: Counter | Histogram): number {
  return metric.type === 'counter' ? 1 : metric.buckets.length + 2
}
