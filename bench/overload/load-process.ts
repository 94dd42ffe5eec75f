import { setTimeout as sleep } from 'node:timers/promises'
import { BusyClient } from './busy-client.ts'
import type { LoadJob, LoadRecord, LoadReport } from './load-job.ts'
import { poissonArrivals } from '../harness/poisson-arrivals.ts'

/*
 * The load, in a process of its own so that nothing but its own work can make it late. Its parent sends one
 * job and gets one report.
 */
process.once('message', (job: LoadJob) => {
  void run(job).then((report) => process.send?.(report, () => process.exit()))
})

const MAX_REQUESTS = 100_000
const MAX_SECONDS = 120

async function run(job: LoadJob): Promise<LoadReport> {
  if (job.warmUpSeconds + job.seconds > MAX_SECONDS) throw new Error(`A load takes ${MAX_SECONDS} s at most`)
  const client = new BusyClient(job)
  await client.openConnections()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const records = await (job.arrivals.kind === 'open' ? open(job, client) : closed(job, client))
  const cpu = process.cpuUsage(cpuBefore)
  const elapsedMs = performance.now() - startedAt
  client.close()
  return { records, cpuShare: (cpu.user + cpu.system) / 1000 / elapsedMs }
}

/** Sends by the clock, whatever comes back. What is due when a timer fires late is sent at once. */
async function open(
  { arrivals, warmUpSeconds, seconds }: LoadJob,
  client: BusyClient,
): Promise<LoadRecord[]> {
  if (arrivals.kind !== 'open') return []
  const countsFrom = performance.now() + warmUpSeconds * 1000
  const endsAt = countsFrom + seconds * 1000
  const sent: Promise<LoadRecord>[] = []
  const gaps = poissonArrivals(arrivals.perSecond, arrivals.seed)
  let due = performance.now() + gaps()
  while (due < endsAt && sent.length < MAX_REQUESTS) {
    const aheadMs = due - performance.now()
    if (aheadMs > 0) await sleep(aheadMs)
    for (const now = performance.now(); due <= now && due < endsAt; due += gaps()) {
      sent.push(client.send(due, countsFrom))
    }
  }
  return Promise.all(sent)
}

/** Each client sends its next request when it has its answer: what the server takes at most. */
async function closed(job: LoadJob, client: BusyClient): Promise<LoadRecord[]> {
  if (job.arrivals.kind !== 'closed') return []
  const countsFrom = performance.now() + job.warmUpSeconds * 1000
  const endsAt = countsFrom + job.seconds * 1000
  const records: LoadRecord[] = []
  const sendInTurn = async () => {
    while (performance.now() < endsAt && records.length < MAX_REQUESTS) {
      records.push(await client.send(performance.now(), countsFrom))
    }
  }
  await Promise.all(Array.from({ length: job.arrivals.clients }, sendInTurn))
  return records
}
