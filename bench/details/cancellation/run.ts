import { readdirSync, readFileSync } from 'node:fs'
import { type ClientRequest, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { percentiles } from '../../harness/percentiles.ts'
import { startOffloop } from '../../harness/start-offloop.ts'

/*
 * How soon the CPU is others' again when a client hangs up under a task that computes: one that looks whether
 * it should stop, and one that never does. Read from the kernel's own account of each thread.
 *
 *     npm run bench -- cancellation --times 30
 */
const { values } = parseArgs({ options: { times: { type: 'string', default: '30' } } })

const TASKS = [
  { name: 'looks whether it should stop', task: 'busy', input: { ms: 10_000 } },
  { name: 'never looks', task: 'forever', input: {} },
]

/** A thread that has run for less than this in a look's time has stopped. */
const QUIET_SHARE = 0.2
const LOOK_MS = 5
const MOST_MS = 5000

{
  await using server = await startOffloop({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '1',
    OFFLOOP_TASK_LIMITS: JSON.stringify({ forever: { timeMs: 60_000 } }),
  })
  const pid = await httpProcess(server.opsUrl)
  for (const { name, task, input } of TASKS) {
    const times: number[] = []
    for (let count = 0; count < Number(values.times); count++) {
      times.push(await untilCpuIsFree(pid, `${server.url}/api/tasks/${task}`, input))
      // Where the thread was ended, the next one has to be up.
      await sleep(500)
    }
    const { p50, p90, longest } = percentiles(times)
    const ms = [p50, p90, longest].map((each) => each.toFixed(0))
    process.stdout.write(`A task that ${name}: p50 ${ms[0]} ms, p90 ${ms[1]} ms, longest ${ms[2]} ms\n`)
  }
}

async function httpProcess(opsUrl: string): Promise<number> {
  const { slots } = (await (await fetch(`${opsUrl}/status`)).json()) as { slots: { pid: number }[] }
  return slots[0]?.pid ?? -1
}

/** @returns milliseconds from the client's end to that of the computing, give or take a look */
async function untilCpuIsFree(pid: number, url: string, input: object): Promise<number> {
  const outgoing = post(url, input)
  const thread = await busiestThread(pid)
  outgoing.destroy()
  const goneAt = performance.now()
  for (;;) {
    const before = performance.now()
    const ranBefore = ranMs(pid, thread)
    await sleep(LOOK_MS)
    const passed = performance.now() - before
    const ran = ranMs(pid, thread)
    const isQuiet = ran === undefined || ranBefore === undefined || ran - ranBefore < QUIET_SHARE * passed
    if (isQuiet) return before - goneAt
    if (before - goneAt > MOST_MS) throw new Error('It goes on computing')
  }
}

function post(url: string, input: object): ClientRequest {
  const body = JSON.stringify(input)
  const outgoing = request(url, {
    agent: false,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
  })
  outgoing.on('error', () => {}).end(body)
  return outgoing
}

/** The thread that computes, once one does. */
async function busiestThread(pid: number): Promise<string> {
  for (let look = 0; look < 100; look++) {
    const threads = readdirSync(`/proc/${pid}/task`)
    const before = new Map(threads.map((thread) => [thread, ranMs(pid, thread) ?? 0]))
    const startedAt = performance.now()
    await sleep(50)
    const passed = performance.now() - startedAt
    const busy = threads.find(
      (thread) => (ranMs(pid, thread) ?? 0) - (before.get(thread) ?? 0) > (1 - QUIET_SHARE) * passed,
    )
    if (busy !== undefined) return busy
  }
  throw new Error('No thread computes')
}

/** Milliseconds that a thread has had a core; undefined where it has ended. */
function ranMs(pid: number, thread: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return undefined
  }
}
