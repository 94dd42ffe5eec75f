import { expect, test } from 'vitest'
import { type Cluster, mainFile, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

/* The built program with an SDK attached as an operator does it. */
const OTEL = new URL('../fixtures/otel.ts', import.meta.url).href
const ONE_THREAD = { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' }

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const CALLER = `00-${TRACE}-${SPAN}-01`

const spansOf = ({ lines }: Cluster) => lines.filter(({ msg }) => msg === 'span')
const loadedIn = ({ lines }: Cluster) =>
  lines
    .filter(({ msg }) => msg === 'otel loaded')
    .map(({ room }) => String(room))
    .toSorted()

test.each([
  ['by --import', {}, [process.execPath, '--import', OTEL, mainFile]],
  ['by NODE_OPTIONS', { NODE_OPTIONS: `--import ${OTEL}` }, [process.execPath, mainFile]],
])(
  'an SDK attached %s has the spans of all requests when the cluster has shut down',
  async (_, settings, command) => {
    await using cluster = await startCluster({ ...ONE_THREAD, ...settings }, command)
    // The second one waits for the first.
    const first = cluster.task('busy', { ms: 300 }, { headers: headers({ 'X-Request-Id': 'first' }) })
    await until('the first to begin', () => cluster.line('busy begins'))
    const second = cluster.task(
      'trace',
      {},
      { headers: headers({ 'X-Request-Id': 'second', traceparent: CALLER }) },
    )
    const [, answer] = await Promise.all([first, second])
    const { traceparent } = (await answer.json()) as { traceparent: string }
    expect(spansOf(cluster)).toEqual([])
    expect(await cluster.stop()).toEqual({ code: 0, signal: null })

    const spans = spansOf(cluster)
    const own = spans.find(({ attributes }) => Object(attributes)['offloop.request_id'] === 'second')
    expect(own).toMatchObject({ name: 'POST /api/tasks/:name', traceId: TRACE, parentId: SPAN })
    expect(traceparent).toBe(`00-${TRACE}-${String(own?.spanId)}-01`)
    const children = spans.filter(({ parentId }) => parentId === own?.spanId)
    expect(children.map(({ name, traceId }) => [name, traceId])).toEqual(
      ['body', 'queue', 'run', 'encode'].map((name) => [name, TRACE]),
    )
    expect(spans).toHaveLength(10)
    // The line of the request and the one that the task wrote on its thread.
    for (const msg of ['request', 'traced']) {
      expect(cluster.lines).toContainEqual(
        expect.objectContaining({ msg, requestId: 'second', traceId: TRACE }),
      )
    }
  },
)

test('is loaded by the primary, the HTTP process and its thread, and not by the sentinel', async () => {
  await using cluster = await startCluster({ ...ONE_THREAD, NODE_OPTIONS: `--import ${OTEL}` })
  await cluster.stop()
  expect(loadedIn(cluster)).toEqual(['http', 'primary', 'thread'])
})

test('an SDK that starts wherever it is loaded does no harm', async () => {
  await using cluster = await startCluster({ ...ONE_THREAD, OTEL_EVERYWHERE: '1' }, [
    process.execPath,
    '--import',
    OTEL,
    mainFile,
  ])
  expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
  // A thread that takes the place of one that died starts one, too.
  expect((await cluster.task('crash', { how: 'exit' })).status).toBe(500)
  await until('the new thread', async () => (await cluster.task('echo', { message: 'x' })).status === 200)
  expect((await cluster.reload()).verdict).toBe('reloaded')
  expect(await cluster.stop()).toEqual({ code: 0, signal: null })
  expect(spansOf(cluster).filter(({ parentId }) => parentId === undefined).length).toBeGreaterThanOrEqual(3)
  expect(cluster.stderr).toBe('')
})

function headers(own: Record<string, string>): Record<string, string> {
  return { 'Content-Type': 'application/json', Connection: 'close', ...own }
}
