import { readFile, rm } from 'node:fs/promises'
import { until } from '../../test/support/until.ts'
import { KeptConnection } from '../harness/kept-connection.ts'
import type { RunningServer } from '../harness/start-offloop.ts'
import { childrenOf } from '../harness/process-figures.ts'
import { PROCESSES, THREADS } from './contenders.ts'

/** What is held after a forced collection of garbage, in bytes. A type and not an interface, so that it is figures of a row. */
export type Heaps = {
  /** Of the primary. */
  readonly primaryHeapBytes: number
  /** Of the main threads of all HTTP processes. */
  readonly loopHeapBytes: number
  /** Of all threads that run tasks. */
  readonly threadHeapBytes: number
}

const CLIENTS = 8
const MOST_ATTEMPTS = 100

export async function heapsOf(server: RunningServer, heapPath: string, folder: string): Promise<Heaps> {
  const [primaryHeapBytes = 0, ...loops] = await Promise.all(
    [server.pid, ...childrenOf(server.pid)].map((pid) => mainHeap(pid, folder)),
  )
  const threadHeapBytes = sum(await threadHeaps(server.url + heapPath))
  return { primaryHeapBytes, loopHeapBytes: sum(loops), threadHeapBytes }
}

/** `collect-on-signal.mjs` is loaded in that process. */
async function mainHeap(pid: number, folder: string): Promise<number> {
  const file = `${folder}/${pid}`
  process.kill(pid, 'SIGUSR2')
  const text = await until(`the heap of process ${pid}`, () => readFile(file, 'utf8').catch(() => undefined))
  await rm(file)
  return Number(text)
}

/**
 * Asks side by side until each thread of each process has answered; by new connections each time, because they may
 * have been dealt out unevenly.
 */
async function threadHeaps(url: string): Promise<number[]> {
  const heaps = new Map<string, number>()
  for (let attempt = 0; heaps.size < PROCESSES * THREADS; attempt++) {
    if (attempt === MOST_ATTEMPTS) throw new Error(`Only ${heaps.size} threads told what they hold`)
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => askHeap(url)))
    for (const { pid, threadId, bytes } of answers) heaps.set(`${pid} ${threadId}`, bytes)
  }
  return [...heaps.values()]
}

async function askHeap(url: string): Promise<ThreadHeap> {
  const connection = new KeptConnection(url)
  const body = Buffer.from('{}')
  try {
    const answer = await connection.ask({ method: 'POST', path: '', contentType: 'application/json', body })
    if (answer.status !== 200) throw new Error(`A heap was refused: ${String(answer.body)}`)
    return JSON.parse(String(answer.body)) as ThreadHeap
  } finally {
    connection.close()
  }
}

interface ThreadHeap {
  readonly pid: number
  readonly threadId: number
  readonly bytes: number
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
