import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { Agent } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDashboard } from '../../deploy/grafana/dashboard.ts'
import { builtFixtureTasksDir, Cluster } from '../support/cluster.ts'
import { type Counts, CountedTraffic } from '../support/counted-traffic.ts'
import { allMetrics, seriesNamesOf } from '../support/named-metrics.ts'
import { pathOf } from '../support/path-of.ts'
import { JOB, type Labels, Prometheus } from '../support/prometheus.ts'
import { until } from '../support/until.ts'

const path = pathOf('prometheus')
const promtool = pathOf('promtool')

/*
 * One cluster and one Prometheus for all of these tests, which come one after another: what happens to the processes
 * in between is what the totals have to survive.
 */
describe.skipIf(path === undefined || promtool === undefined)(
  'a real Prometheus (skipped where it is not installed)',
  () => {
    let cluster: Cluster
    let prometheus: Prometheus
    let traffic: CountedTraffic
    const endings: (() => Promise<void>)[] = []

    beforeAll(async () => {
      // Both are to be gone at the end also where they do not even become ready.
      cluster = new Cluster(SETTINGS, undefined, (end) => endings.push(end))
      await cluster.ready()
      prometheus = await Prometheus.start({ path: path ?? '', target: cluster.opsUrl, ruleFiles })
      endings.push(() => prometheus[Symbol.asyncDispose]())
      await prometheus.ready()
      await prometheus.scrape()
      traffic = new CountedTraffic(cluster)
    })

    afterAll(async () => {
      await Promise.all(endings.map((end) => end()))
    })

    test('counts each request by route and status, and by task and outcome', async () => {
      await traffic.everyOutcome()
      await expectExactCounts()
      expect(Object.keys(traffic.outcomes)).toEqual(
        expect.arrayContaining(['echo error', 'pause refused', 'crash out-of-memory', 'busy cancelled']),
      )
    })

    test('asks for OpenMetrics and gets it', async () => {
      // There the name of a counter comes without its ending.
      const described = await prometheus.get<{ type: string }[]>('targets/metadata', {
        metric: 'offloop_task_retries',
      })
      expect(described).toMatchObject([{ type: 'counter' }])
    })

    test('misses nothing that a process had answered when it was killed', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const pid = await traffic.onOneConnection(agent, 50)
      // Behind the others on their connection: it begins when they are over for the server too.
      await traffic.beginOn(agent)
      process.kill(pid, 'SIGKILL')
      agent.destroy()
      await cluster.ended(pid)
      await prometheus.scrape()
      await expectExactCounts()
      expect(await one('sum(offloop_process_exits_total{reason="crash"})')).toBe(1)
      await cluster.pids()
    })

    test('misses nothing when all processes are replaced under load', async () => {
      let reloading = true
      const reload = cluster.reload().finally(() => {
        reloading = false
      })
      while (reloading) await traffic.task('echo', { message: 'x' })
      await reload
      await traffic.everyOutcome()
      await prometheus.scrape()
      await expectExactCounts()
      expect(await one('sum(offloop_process_exits_total{reason="reload"})')).toBe(2)
      expect(await one('offloop_reloads_total{verdict="reloaded"}')).toBe(1)
    })

    test('every query of the dashboard gives numbers', async () => {
      const { panels, templating } = readDashboard().dashboard
      const queries = [
        ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
        ...templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [seriesOf(query.query)])),
      ]
      expect(queries.length).toBeGreaterThan(50)
      // The last that is known of a process that has just begun.
      await until(
        'word of all threads',
        async () => (await valuesOf('offloop_thread_heap_used_bytes')).length === 2,
      )
      await until('garbage to be collected, which takes more requests on some machines', async () => {
        for (let times = 0; times < 50; times++) await traffic.task('echo', { message: 'x' })
        return (await valuesOf('rate(offloop_gc_duration_seconds_count[1m])')).length > 0
      })
      const results = await Promise.all(
        queries.map(async (query) => ({ query, values: await valuesOf(withVariables(query)) })),
      )
      const empty = results.filter(({ values }) => !values.some(Number.isFinite)).map(({ query }) => query)
      expect(empty.filter((query) => !query.includes(notKnownHere))).toEqual([])
    })

    test('every rule can be evaluated, and what is recorded has values', async () => {
      const rules = await until('the first evaluation', async () => {
        const all = await prometheus.rules()
        return all.length > 0 && all.every(({ health }) => health !== 'unknown') && all
      })
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
      const recorded = rules.filter(({ type }) => type === 'recording').map(({ name }) => name)
      const values = await Promise.all(recorded.map(valuesOf))
      expect(recorded.filter((_, at) => values[at]?.length === 0)).toEqual([])
    })

    test('a stopped process holds up nothing and loses nothing; its gauges are gone until it goes on', async () => {
      const [pid = -1] = await cluster.pids()
      const reporting = (value: number) =>
        until('word of it', async () => (await one('offloop_process_reporting{slot="0"}')) === value)
      process.kill(pid, 'SIGSTOP')
      await reporting(0)
      await prometheus.scrape()
      await expectExactCounts()
      expect(await one('offloop_event_loop_active_seconds_total{slot="0"}')).toBeGreaterThan(0)
      expect(await one('offloop_process_resident_memory_bytes{slot="0"}')).toBeUndefined()
      process.kill(pid, 'SIGCONT')
      await reporting(1)
      expect(await one('offloop_process_resident_memory_bytes{slot="0"}')).toBeGreaterThan(0)
    })

    test('no scrape has failed or taken a second, no total has fallen or gone, all through the above', async () => {
      await prometheus.scrape()
      // A scrape that takes a second is one that fails: see the configuration.
      expect(await one('min_over_time(up[10m])')).toBe(1)
      expect(await one('count_over_time(up[10m])')).toBeGreaterThan(5)
      const totals = '{__name__=~"offloop_.+_(total|bucket|count|sum)"}'
      const series = await prometheus.samples(`${totals}[10m]`)
      expect(series.length).toBeGreaterThan(500)
      const falling = series.filter(({ values }) => values.some((value, at) => value < (values[at - 1] ?? 0)))
      expect(falling).toEqual([])
      expect(await one(`count(${totals})`)).toBe(series.length)
      expect(await valuesOf('resets(offloop_http_request_duration_seconds_count[10m]) > 0')).toEqual([])
      // Not the total of another primary.
      expect(await one('changes(offloop_primary_start_time_seconds[10m])')).toBe(0)
    })

    test('promtool has nothing to say against a scrape, and it has every metric', async () => {
      const text = await (await fetch(`${cluster.opsUrl}/metrics`)).text()
      const checked = spawnSync(promtool ?? '', ['check', 'metrics'], { input: text, encoding: 'utf8' })
      expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' })
      const there = new Set(text.match(/^\w+/gm))
      const missing = allMetrics.flatMap(seriesNamesOf).filter((name) => !there.has(name))
      expect(missing.filter((name) => name !== notKnownHere)).toEqual([])
    })

    test('the trace of a request that is recorded stands beside its time, and can be asked for', async () => {
      const recorded = '0af7651916cd43dd8448eb211c80319c'
      const other = '4bf92f3577b34da6a3ce929d0e0e4736'
      await traffic.task('echo', { message: 'x' }, { traceparent: `00-${recorded}-b7ad6b7169203331-01` })
      await traffic.task('busy', { ms: 0 }, { traceparent: `00-${other}-b7ad6b7169203331-00` })
      const tracesOf = async (histogram: string) => {
        const exemplars = await prometheus.exemplars(`${histogram}_bucket`)
        return new Set(exemplars.map(({ labels }) => labels.trace_id))
      }
      for (const histogram of ['offloop_http_request_duration_seconds', 'offloop_task_run_seconds']) {
        const traces = await until('the exemplar', async () => {
          const known = await tracesOf(histogram)
          return known.size > 0 && known
        })
        expect([...traces]).toEqual([recorded])
      }
    })

    /** Waits until all that was sent is counted, and looks whether anything else is. */
    async function expectExactCounts(): Promise<void> {
      const { requests, outcomes, refusals } = traffic
      const sent = totalOf(requests)
      await until(`${sent} requests to be counted`, async () => totalOf(await countedRequests()) >= sent)
      expect(await countedRequests()).toEqual(requests)
      expect(
        await countsOf('offloop_task_queue_wait_seconds_count', ({ task, outcome }) => `${task} ${outcome}`),
      ).toEqual(outcomes)
      expect(await countsOf('offloop_task_refusals_total', ({ task, code }) => `${task} ${code}`)).toEqual(
        refusals,
      )
    }

    function countedRequests(): Promise<Counts> {
      return countsOf(
        'offloop_http_request_duration_seconds_count',
        ({ method, route, status }) => `${method} ${route} ${status}`,
      )
    }

    async function countsOf(counter: string, nameOf: (labels: Labels) => string): Promise<Counts> {
      const samples = await prometheus.query(`${counter} > 0`)
      return Object.fromEntries(samples.map(({ labels, value }) => [nameOf(labels), value]))
    }

    async function valuesOf(query: string): Promise<number[]> {
      return (await prometheus.query(query)).map(({ value }) => value)
    }

    /** Undefined where there is no such series. */
    async function one(query: string): Promise<number | undefined> {
      const values = await valuesOf(query)
      expect(values.length).toBeLessThanOrEqual(1)
      return values[0]
    }
  },
)

const SETTINGS = {
  OFFLOOP_TASKS_DIR: builtFixtureTasksDir,
  OFFLOOP_PROCESSES: '2',
  OFFLOOP_THREADS: '1',
  OFFLOOP_QUEUE_MAX: '2',
  OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
  // One is stopped here, and is not to be killed for it.
  OFFLOOP_HANG_TIMEOUT_MS: '60000',
}

const ruleFolder = fileURLToPath(new URL('../../deploy/prometheus/rules', import.meta.url))
const ruleFiles = globSync('*.yml', { cwd: ruleFolder }).map((file) => `${ruleFolder}/${file}`)

/** Linux before 6.2 does not tell it cheaply. */
const notKnownHere = statSync('/proc/self/fd').size > 0 ? 'nothing' : 'offloop_process_open_fds'

function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** As Grafana does, for everything that there is. */
function withVariables(query: string): string {
  return query
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$job', JOB)
    .replaceAll(/\$(?:instance|slot|task)\b/g, '.*')
}

/** What the values of a variable are taken from: `label_values(series, label)`. */
function seriesOf(query: string): string {
  const [, series = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? []
  return `count by (${label}) (${series})`
}
