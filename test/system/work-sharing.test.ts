import { Agent, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

/* Two processes of one thread each; requests go to one of them, as chance has it on a day in production. */

/** Kept connections to one process. */
interface OneProcess {
  readonly pid: number
  readonly call: (task: string, input: object, signal?: AbortSignal) => Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly pid?: number
  readonly code?: string
}

async function start(settings: Record<string, string> = {}): Promise<Cluster> {
  return startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1', ...settings })
}

/** Finds out which connections lead to the same process: while nothing waits, that is where a task runs. */
async function oneProcess(cluster: Cluster, connections: number): Promise<OneProcess> {
  const byPid = new Map<number, Agent[]>()
  const agents = await until('enough connections to one process', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { pid = -1 } = await post(cluster, agent, 'busy', { ms: 1 })
    const same = [...(byPid.get(pid) ?? []), agent]
    byPid.set(pid, same)
    return same.length === connections && ([pid, same] as const)
  })
  const [pid, own] = agents
  let turn = 0
  return {
    pid,
    call: (task, input, signal) => post(cluster, own[turn++ % own.length], task, input, signal),
  }
}

function post(
  { url }: Cluster,
  agent: Agent | undefined,
  task: string,
  input: object,
  signal?: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = request(`${url}/api/tasks/${task}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    ...(agent && { agent }),
    ...(signal && { signal }),
  })
  outgoing.on('error', reject).on('response', (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    response.on('end', () => resolve({ ...JSON.parse(text), status: response.statusCode ?? 0 }))
  })
  outgoing.end(JSON.stringify(input))
  return promise
}

const busyBegins = (cluster: Cluster, times: number) =>
  until(
    `${times} runs to begin`,
    () => cluster.lines.filter(({ msg }) => msg === 'busy begins').length >= times,
  )

describe('a request whose process is busy', () => {
  test('runs in the other one, and the log says so', async () => {
    await using cluster = await start()
    const { pid, call } = await oneProcess(cluster, 2)
    const answers = await Promise.all([call('busy', { ms: 500 }), call('busy', { ms: 500 })])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(2)
    const other = answers.find((answer) => answer.pid !== pid)?.pid
    const line = await until('the log line', () => cluster.lines.find(({ sibling }) => sibling === other))
    // Where the time went is known here, and the trace there.
    expect(line).toMatchObject({
      queueMs: expect.any(Number),
      runMs: expect.any(Number),
      encodeMs: expect.any(Number),
    })
    const begins = { msg: 'busy begins', pid: other, traceId: line.traceId }
    expect(cluster.lines).toContainEqual(expect.objectContaining(begins))
    await until('counts on both sides', async () => {
      const counts = (await cluster.slots()).map(({ vitals }) => vitals?.sharing)
      return counts.some((each) => each?.given === 1) && counts.some((each) => each?.taken === 1)
    })
  })

  test('waits for its own where runs are not shared', async () => {
    await using cluster = await start({ OFFLOOP_WORK_SHARING: 'off' })
    const { pid, call } = await oneProcess(cluster, 2)
    const answers = await Promise.all([call('busy', { ms: 200 }), call('busy', { ms: 200 })])
    expect(answers).toMatchObject([
      { status: 200, pid },
      { status: 200, pid },
    ])
  })
})

describe('the process that runs it for another', () => {
  async function killUnderSharedRun(cluster: Cluster, task: string): Promise<Answer[]> {
    const { pid, call } = await oneProcess(cluster, 2)
    const answers = Promise.all([call('busy', { ms: 1500 }), call(task, { ms: 1500 })])
    await busyBegins(cluster, 2)
    const other = (await cluster.pids()).find((each) => each !== pid)
    process.kill(other ?? -1, 'SIGKILL')
    return answers
  }

  test('dies, and a task that may run twice is answered all the same', async () => {
    await using cluster = await start()
    const answers = await killUnderSharedRun(cluster, 'busy-idempotent')
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })

  test('dies, and the caller of another task is told', async () => {
    await using cluster = await start()
    const [first, second] = await killUnderSharedRun(cluster, 'busy')
    expect(first).toMatchObject({ status: 200 })
    expect(second).toMatchObject({ status: 500, code: 'TASK_CRASHED' })
  })

  test('stops when the caller goes away', async () => {
    await using cluster = await start()
    const { call } = await oneProcess(cluster, 2)
    const caller = new AbortController()
    const first = call('busy', { ms: 3000 })
    await busyBegins(cluster, 1)
    const second = call('busy', { ms: 9000 }, caller.signal).catch((error: Error) => error.name)
    await busyBegins(cluster, 2)
    caller.abort()
    expect(await second).toBe('AbortError')
    await until('the run to be stopped in the other process', async () => {
      const cancellations = (await cluster.slots()).map(({ vitals }) => vitals?.cancellations['caller-gone'])
      // By itself where it gets a CPU soon enough; long before it would have ended in any case.
      return cancellations.some((each) => each && each.stopped + each.terminated === 1)
    })
    expect(await first).toMatchObject({ status: 200 })
  })
})
