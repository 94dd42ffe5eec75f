import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { seeded } from './seeded.ts'

/** Something that goes wrong, and what its own caller has to be told; `gone` where nobody is left to tell. */
interface Fault {
  readonly name: string
  readonly expected: number | 'gone'
  cause(cluster: Cluster, random: () => number): Promise<number | 'gone'>
}

export interface FaultReport {
  readonly caused: Readonly<Record<string, number>>
  /** Faults whose callers were told something else than they should have been. */
  readonly wrong: readonly string[]
  /** Those of them that went down with a process that another fault aborted. */
  readonly wentDown: number
}

export interface FaultOptions {
  readonly count: number
  /** The same one gives the same faults in the same order. */
  readonly seed: number
  /** Each fault of such a number aborts its whole process. Default: none. */
  readonly abortEach?: number
}

/** Causes faults of all kinds in random order, some at a time, until there have been so many. */
export async function causeFaults(cluster: Cluster, options: FaultOptions): Promise<FaultReport> {
  const { count, seed, abortEach = Number.POSITIVE_INFINITY } = options
  const random = seeded(seed)
  const caused = new Map<string, number>()
  const wrong: string[] = []
  let wentDown = 0
  let begun = 0
  const client = async () => {
    while (begun < count) {
      begun += 1
      const aborts = begun % abortEach === 0
      const fault = aborts ? ABORT : (FAULTS[Math.floor(random() * FAULTS.length)] ?? FAULTS[0])
      const outcome = await fault.cause(cluster, random)
      caused.set(fault.name, (caused.get(fault.name) ?? 0) + 1)
      if (outcome === fault.expected) continue
      // Cut off with the process, or told by another process which had passed it on.
      if (Number.isFinite(abortEach) && (outcome === 'gone' || outcome === 500)) wentDown += 1
      else wrong.push(`${fault.name}: ${outcome}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  return { caused: Object.fromEntries(caused), wrong, wentDown }
}

/** Faults that are under way at the same time. */
export const AT_ONCE = 3

const FAULTS: readonly [Fault, ...Fault[]] = [
  taskFault('throws', 500, 'crash', { how: 'throw' }),
  crashFault('ends its thread', 'exit'),
  crashFault('leaves an error uncaught', 'uncaught'),
  crashFault('fills its heap', 'heap'),
  taskFault('loops for ever', 504, 'forever', {}, { 'X-Timeout-Ms': '20000' }),
  taskFault('loops until it is told to stop', 504, 'until-aborted', { how: 'loop' }),
  taskFault('takes other input', 422, 'echo', { massage: 'x' }),
  {
    name: 'is left alone, waiting or running',
    expected: 'gone',
    async cause(cluster, random) {
      const caller = new AbortController()
      const gone = cluster.task('busy', { ms: 3000 }, { signal: caller.signal }).then(
        ({ status }) => status,
        () => 'gone' as const,
      )
      await sleep(random() * 200)
      caller.abort()
      return gone
    },
  },
  rawFault(
    'sends half a body and goes',
    'POST /api/tasks/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"mess',
  ),
  rawFault('sends half its headers and goes', 'POST /api/tasks/echo HTTP/1.1\r\nHost: x\r\nConte'),
  rawFault(
    'does not read its answer, and goes',
    'POST /api/tasks/large-answer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"bytes":5000000}',
    (socket) => socket.pause(),
  ),
  rawFault('does not speak HTTP', '\x16\x03\x01\x02\x00\x01\x00'),
]

/** One array above the heap limit. Not among the others: it takes what runs beside it along. */
const ABORT: Fault = {
  name: 'aborts its process',
  expected: 'gone',
  cause: (cluster, random) =>
    taskFault('', 'gone', 'crash', { how: 'huge-array', nonce: String(random()) }).cause(cluster, random),
}

/** Another input each time: the same one would be in quarantine after its second time. */
function crashFault(name: string, how: string): Fault {
  const cause = (cluster: Cluster, random: () => number) =>
    taskFault(name, 500, 'crash', { how, nonce: String(random()) }).cause(cluster, random)
  return { name, expected: 500, cause }
}

function taskFault(
  name: string,
  expected: Fault['expected'],
  task: string,
  input: object,
  headers: Record<string, string> = {},
): Fault {
  const cause = async (cluster: Cluster) => {
    try {
      const response = await cluster.task(task, input, {
        headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
      })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 'gone'
    }
  }
  return { name, expected, cause }
}

/** A client that sends these bytes and, after a moment, cuts the connection. */
function rawFault(name: string, bytes: string, prepare: (socket: Socket) => void = () => {}): Fault {
  return {
    name,
    expected: 'gone',
    async cause({ url }, random) {
      const { port, hostname } = new URL(url)
      const socket = connect(Number(port), hostname)
      const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
      prepare(socket)
      socket.write(bytes, 'latin1')
      await sleep(random() * 100)
      socket.destroy()
      await closed
      return 'gone'
    },
  }
}
