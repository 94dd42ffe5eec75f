import { openLoop } from '../harness/open-loop.ts'
import { BusyClient } from './busy-client.ts'
import type { LoadJob, LoadRecord, LoadReport } from './load-job.ts'

/* The load. Its parent sends one job and gets one report. */
process.once('message', (job: LoadJob) => {
  void run(job).then((report) => process.send?.(report, () => process.exit()))
})

const MAX_SECONDS = 120

async function run(job: LoadJob): Promise<LoadReport> {
  if (job.warmUpSeconds + job.seconds > MAX_SECONDS) throw new Error(`A load takes ${MAX_SECONDS} s at most`)
  const client = new BusyClient(job)
  await client.openConnections()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const records = await send(job, client)
  const cpu = process.cpuUsage(cpuBefore)
  const elapsedMs = performance.now() - startedAt
  client.close()
  return { records, cpuShare: (cpu.user + cpu.system) / 1000 / elapsedMs }
}

function send({ arrivals, ...job }: LoadJob, client: BusyClient): Promise<LoadRecord[]> {
  if (arrivals.kind === 'closed') return closedLoop(arrivals.clients, job, client)
  return openLoop({ ...job, ...arrivals }, (due, countsFrom) => client.send(due, countsFrom))
}

/** Each client sends its next request when it has its answer: what the server takes at most. */
async function closedLoop(
  clients: number,
  { warmUpSeconds, seconds }: Pick<LoadJob, 'warmUpSeconds' | 'seconds'>,
  client: BusyClient,
): Promise<LoadRecord[]> {
  const countsFrom = performance.now() + warmUpSeconds * 1000
  const endsAt = countsFrom + seconds * 1000
  const records: LoadRecord[] = []
  const sendInTurn = async () => {
    while (performance.now() < endsAt) records.push(await client.send(performance.now(), countsFrom))
  }
  await Promise.all(Array.from({ length: clients }, sendInTurn))
  return records
}
