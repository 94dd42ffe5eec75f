import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

/** The label `job` of what the Prometheus of a test scrapes, as in `deploy/prometheus/prometheus.yml`. */
export const JOB = 'offloop'

export type Labels = Readonly<Record<string, string>>

/** One series at one moment. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** One series as it was scraped. */
export interface RawSeries {
  readonly labels: Labels
  readonly values: readonly number[]
}

export interface Exemplar {
  readonly labels: Labels
  readonly value: number
}

/** A rule as `/api/v1/rules` has it; of what it has, what is looked at here. */
export interface RuleState {
  readonly name: string
  readonly type: 'recording' | 'alerting'
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError?: string
}

export interface PrometheusOptions {
  /** Of the program. */
  readonly path: string
  /** Address of an operators' server; scraped each second, and a scrape may take that long. */
  readonly target: string
  readonly ruleFiles?: readonly string[]
}

/** A real Prometheus with one target. Its data is gone with it. */
export class Prometheus implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #exited: Promise<unknown>
  #stderr = ''

  private constructor(path: string, folder: string, port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.#folder = folder
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ]
    this.#child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#exited = once(this.#child, 'exit')
    this.#child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk
    })
  }

  /** It runs already, and is to be disposed of whatever comes; {@link ready} says when it answers. */
  static async start({ path, target, ruleFiles = [] }: PrometheusOptions): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'offloop-prometheus-'))
    await writeFile(join(folder, 'prometheus.yml'), configuration(target, ruleFiles))
    return new Prometheus(path, folder, await freePort())
  }

  async ready(): Promise<this> {
    await until('Prometheus to be ready', async () => {
      if (this.#child.exitCode !== null) throw new Error(`Prometheus has ended: ${this.#stderr}`)
      return (await fetch(`${this.url}/-/ready`).catch(() => undefined))?.ok
    })
    return this
  }

  /** Waits for a scrape that began after this call. */
  async scrape(): Promise<void> {
    const now = Date.now() / 1000
    await until('the next scrape', async () => {
      const [sample] = await this.query(`timestamp(up{job="${JOB}"})`)
      return sample !== undefined && sample.value > now
    })
  }

  /** Of an expression that gives an instant vector. */
  async query(query: string): Promise<Sample[]> {
    const { result } = await this.get<{ result: { metric: Labels; value: [number, string] }[] }>('query', {
      query,
    })
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
  }

  /** Every sample of a selector with a range, such as `up[5m]`, oldest first. */
  async samples(query: string): Promise<RawSeries[]> {
    const { result } = await this.get<{ result: { metric: Labels; values: [number, string][] }[] }>('query', {
      query,
    })
    return result.map(({ metric, values }) => ({
      labels: metric,
      values: values.map(([, value]) => Number(value)),
    }))
  }

  /** Those of the last five minutes, whose series match a selector. */
  async exemplars(query: string): Promise<Exemplar[]> {
    const now = Date.now() / 1000
    const range = { start: String(now - 300), end: String(now + 1) }
    const series = await this.get<{ exemplars: { labels: Labels; value: string }[] }[]>('query_exemplars', {
      query,
      ...range,
    })
    return series.flatMap(({ exemplars }) =>
      exemplars.map(({ labels, value }) => ({ labels, value: Number(value) })),
    )
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.get<{ groups: { rules: RuleState[] }[] }>('rules')
    return groups.flatMap(({ rules }) => rules)
  }

  /** @throws {Error} with Prometheus' own words where it refuses */
  async get<Data>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`)
    const { status, data, error } = (await response.json()) as {
      status: string
      data: Data
      error?: string
    }
    if (status !== 'success') throw new Error(`${error}, asked for ${path} ${JSON.stringify(parameters)}`)
    return data
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function configuration(target: string, ruleFiles: readonly string[]): string {
  // JSON is YAML.
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: JOB, static_configs: [{ targets: [new URL(target).host] }] }],
  })
}
