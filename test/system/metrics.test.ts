import { expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { startLoad } from '../support/load.ts'
import { until } from '../support/until.ts'

/*
 * What the operators' server tells of a real cluster, whatever happens to its processes. That a real Prometheus
 * reads it is in prometheus.test.ts.
 */
async function scrape(cluster: Cluster): Promise<Map<string, number>> {
  const response = await fetch(`${cluster.opsUrl}/metrics`)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

const ANSWERS =
  'offloop_http_request_duration_seconds_count{method="POST",route="/api/tasks/:name",status="200"}'
const RUNS = 'offloop_task_run_seconds_count{task="busy",outcome="ok"}'

test('totals are exact across kills and a reload, without waiting for a word of the processes', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
  const ask = async (times: number) => {
    const answers = await Promise.all(Array.from({ length: times }, () => cluster.task('busy', { ms: 1 })))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  }
  const counted = (wanted: number) =>
    until(`${wanted} answers to be counted`, async () => {
      const metrics = await scrape(cluster)
      expect(metrics.get(ANSWERS)).toBeLessThanOrEqual(wanted)
      return metrics.get(ANSWERS) === wanted && metrics.get(RUNS) === wanted && metrics
    })

  await ask(20)
  const [victim = -1] = await cluster.pids()
  process.kill(victim, 'SIGKILL')
  await cluster.ended(victim)
  const afterKill = await counted(20)
  expect(afterKill.get('offloop_process_exits_total{slot="0",reason="crash"}')).toBe(1)

  await cluster.pids()
  await ask(20)
  await cluster.reload()
  await ask(20)
  const afterReload = await counted(60)
  expect(afterReload.get('offloop_reloads_total{verdict="reloaded"}')).toBe(1)
  expect(afterReload.get('offloop_process_exits_total{slot="1",reason="reload"}')).toBe(1)
  // Threads that ended with their process were not restarted.
  const restarts = [...afterReload].filter(([name]) => name.startsWith('offloop_thread_restarts_total'))
  expect(restarts.map(([, count]) => count)).toEqual(restarts.map(() => 0))
})

test('a kill under load costs the totals no more than what was in flight', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
  const clients = 4
  const load = startLoad({ url: cluster.url, clients, maxRequests: 5000, maxSeconds: 20 })
  await until('some answers', () => load.sent > 100)
  const [victim = -1] = await cluster.pids()
  process.kill(victim, 'SIGKILL')
  await cluster.ended(victim)
  const sent = load.sent
  await until('more answers', () => load.sent > sent + 100)
  const result = await load.stop()
  const total = async () => {
    const counts = [...(await scrape(cluster))].filter(([name]) =>
      name.startsWith('offloop_http_request_duration_seconds_count'),
    )
    return counts.reduce((sum, [, count]) => sum + count, 0)
  }
  await until('the count', async () => Math.abs((await total()) - result.succeeded) <= clients)
})

test('a process that is stopped neither delays a scrape nor takes its counts along; its gauges are missing', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
  for (let sent = 0; sent < 10; sent++) await cluster.task('busy', { ms: 1 })
  const [stopped = -1] = await cluster.pids()
  process.kill(stopped, 'SIGSTOP')
  const metrics = await until('its silence', async () => {
    const now = await scrape(cluster)
    return now.get('offloop_process_reporting{slot="0"}') === 0 && now
  })
  expect(metrics.get(ANSWERS)).toBe(10)
  expect(metrics.get('offloop_process_silent_seconds{slot="0"}')).toBeGreaterThanOrEqual(3)
  expect(metrics.get('offloop_process_reporting{slot="1"}')).toBe(1)
  expect(metrics.has('offloop_process_resident_memory_bytes{slot="0"}')).toBe(false)
  expect(metrics.has('offloop_process_resident_memory_bytes{slot="1"}')).toBe(true)
  process.kill(stopped, 'SIGCONT')
  await until(
    'its words',
    async () => (await scrape(cluster)).get('offloop_process_reporting{slot="0"}') === 1,
  )
})

test('without metrics of the processes the primary tells what it knows itself', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '1',
    OFFLOOP_METRICS: 'off',
  })
  await cluster.task('busy', { ms: 1 })
  const metrics = await scrape(cluster)
  expect(metrics.get('offloop_slots{state="ready"}')).toBe(1)
  expect([...metrics.keys()].filter((name) => name.startsWith('offloop_http_request_duration'))).toEqual([])
})
