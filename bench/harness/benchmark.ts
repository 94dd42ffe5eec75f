/** One question, put to several servers in one run, and what becomes of the answers. */
export interface Benchmark {
  /** As `npm run bench -- <name>` has it; a folder of `bench/` has the same name. */
  readonly name: string
  readonly title: string
  /** Has each contender answer a few requests, and looks at every answer. For CI: nothing is measured. */
  check(): Promise<void>
  /** Takes minutes, on a machine that does nothing else. */
  measure(effort: Effort): Promise<readonly Row[]>
  /** What `docs/benchmarks.md` says of it, in Markdown without the heading. Made of nothing but the result. */
  describe(result: BenchmarkResult): string
  /** SVG by the ending of the file's name: `{ '': … }` is `<name>.svg`, `{ cpu: … }` is `<name>-cpu.svg`. */
  plots?(result: BenchmarkResult): Readonly<Record<string, string>>
}

export interface Effort {
  /** In each round every contender is started anew. */
  readonly rounds: number
  /** Of one measurement. */
  readonly seconds: number
}

/** What one contender did in one round. */
export interface Row {
  readonly contender: string
  /** What else was different, such as `access log on`; the same for all rows of a benchmark that varies nothing. */
  readonly variant: string
  /** From 1. Contenders are compared within a round. */
  readonly round: number
  /** By names that end in their unit: `perSecond`, `p99Ms`, `peakBytes`. */
  readonly figures: Readonly<Record<string, number>>
}

/** What stands in `docs/benchmarks/<name>.json`. */
export interface BenchmarkResult {
  readonly name: string
  readonly effort: Effort
  readonly machine: Machine
  readonly rows: readonly Row[]
}

export interface Machine {
  /** `2026-11-25` */
  readonly date: string
  readonly cores: number
  readonly cpu: string
  readonly node: string
  /** Load average of a minute, before the run and after it. */
  readonly load: readonly [before: number, after: number]
}
