import { availableParallelism } from 'node:os'
import type { Benchmark, Effort, Row } from '../harness/benchmark.ts'
import type { Size } from '../harness/contender.ts'
import { residentBytes } from '../harness/process-figures.ts'
import { fileOf, startOffloop } from '../harness/start-offloop.ts'
import { combinationsFor, nameOf } from './combinations.ts'
import { clientsFor, describe, plots } from './page.ts'
import { kindsOfWork, type Work } from './work.ts'

/** All measured seconds of a round, as a multiple of the seconds of one measurement: more combinations have shorter turns. */
const SECONDS_OF_A_ROUND = 6
const WARM_UP_SECONDS = 1

export const scaling: Benchmark = {
  name: 'scaling',
  title: 'Scaling: how many processes, how many threads',

  async check() {
    const works = await kindsOfWork()
    await using cluster = await startCluster({ processes: 2, threads: 2 })
    await Promise.all(works.map((work) => work.load(cluster.url, 2, 1)))
  },

  async measure({ rounds, seconds }: Effort) {
    const combinations = combinationsFor(availableParallelism())
    const works = await kindsOfWork()
    // Whole seconds, because wrk takes no others.
    const turns = combinations.length * works.length
    const turnSeconds = Math.max(1, Math.round((seconds * SECONDS_OF_A_ROUND) / turns))
    const rows: Row[] = []
    for (let round = 1; round <= rounds; round++) {
      // One after the other: side by side they would need the memory of all of them.
      for (const size of combinations) {
        for (const row of await measureCombination(size, works, turnSeconds)) rows.push({ ...row, round })
      }
    }
    return rows
  },

  describe,
  plots,
}

async function measureCombination(
  size: Size,
  works: readonly Work[],
  seconds: number,
): Promise<Omit<Row, 'round'>[]> {
  await using cluster = await startCluster(size)
  const startBytes = residentBytes(cluster.pid)
  const clients = clientsFor(availableParallelism())
  const rows: Omit<Row, 'round'>[] = []
  for (const work of works) {
    await work.load(cluster.url, clients, WARM_UP_SECONDS)
    const perSecond = await work.load(cluster.url, clients, seconds)
    const figures = { perSecond, startBytes, residentBytes: residentBytes(cluster.pid) }
    rows.push({ contender: nameOf(size), variant: work.name, figures })
  }
  return rows
}

/**
 * Its own task is JavaScript: to load TypeScript costs every thread memory. Its queues take what all clients have under way, also where one process has to hold that
 * alone.
 */
function startCluster({ processes, threads }: Size) {
  return startOffloop({
    OFFLOOP_PROCESSES: String(processes),
    OFFLOOP_THREADS: String(threads),
    OFFLOOP_TASKS_DIR: fileOf('bench/scaling/tasks'),
    OFFLOOP_QUEUE_MAX: '100000',
    OFFLOOP_QUEUE_MAX_BYTES: String(2 ** 36),
    OFFLOOP_QUEUE_TIMEOUT_MS: '600000',
  })
}
