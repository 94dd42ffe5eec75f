import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Contender, contenders } from './contender.ts'
import { generate } from './generate.ts'
import type { LoadJob } from './load-job.ts'
import { type Point, pointOf } from './point.ts'
import { recovery } from './recovery.ts'
import { report } from './report.ts'
import { rssBytes, startWatch } from './watch.ts'

/*
 * What happens when more is offered than the machine can do. Requests come by the clock, whatever becomes of
 * those before (an open loop): clients that wait for their answers would slow down with the server, and never
 * overload it.
 *
 *     npm run bench:overload -- --rates 0.5,1,2,5,10 --seconds 6 --rounds 2 --only offloop,piscina
 *
 * The contenders take turns, and each point has a server of its own, so that none inherits a queue.
 */
const { values } = parseArgs({
  options: {
    /** Multiples of what the best contender does in a closed loop. */
    rates: { type: 'string', default: '0.5,1,2,5,10' },
    /** Of each point, after its warm-up. */
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '2' },
    /** Names of contenders, with commas; all where there are none. */
    only: { type: 'string', default: '' },
  },
})

const WARM_UP_SECONDS = 2
const CAPACITY_SECONDS = 4
/** Enough that no thread is ever without work, and far from any limit of a queue. */
const CAPACITY_CLIENTS = 12
const LOAD = { busyMs: 20, deadlineMs: 1000, cutOffMs: 1250 }
/** Memory is looked at before and after in quiet. */
const SETTLE_MS = 500

const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const rates = values.rates.split(',').map(Number)
const chosen = contenders.filter(({ name }) => values.only === '' || values.only.split(',').includes(name))
const loadBefore = loadavg()

const capacities = new Map<string, number>()
for (const contender of chosen) capacities.set(contender.name, await measureCapacity(contender))
const capacity = Math.max(...capacities.values())

const points: Point[] = []
for (let round = 1; round <= rounds; round++) {
  for (const rate of rates) {
    for (const contender of chosen) points.push(await measure(contender, rate, round))
  }
}
const loads = { before: loadBefore, after: loadavg() }
await report({ contenders: chosen, capacities, capacity, points, rates, rounds, seconds, loads, ...LOAD })

/** Good answers a second to clients that wait for them. */
async function measureCapacity(contender: Contender): Promise<number> {
  await using running = await contender.start()
  const arrivals = { kind: 'closed', clients: CAPACITY_CLIENTS } as const
  const { records } = await generate({ ...jobFor(contender, running.url, CAPACITY_SECONDS), arrivals })
  const good = records.filter(({ offeredAtMs, ending }) => offeredAtMs >= 0 && ending === 'good')
  const perSecond = good.length / CAPACITY_SECONDS
  process.stderr.write(`${contender.name}: ${perSecond.toFixed(1)} a second in a closed loop\n`)
  return perSecond
}

async function measure(contender: Contender, rate: number, round: number): Promise<Point> {
  await using running = await contender.start()
  await sleep(SETTLE_MS)
  const rssBeforeBytes = await rssBytes(running.pid)
  const watch = startWatch(`${running.url}${contender.lightPath}`, running.pid)
  const arrivals = { kind: 'open', perSecond: rate * capacity, seed: round } as const
  const load = await generate({ ...jobFor(contender, running.url, seconds), arrivals })
  const watched = await watch.stop()
  const recoveredMs = await recovery(`${running.url}${contender.path}`, LOAD.busyMs)
  await sleep(SETTLE_MS)
  const rssBytesAfter = await rssBytes(running.pid)
  const point = pointOf(contender.name, { rate, round, seconds, offeredPerSecond: rate * capacity }, load, {
    ...watched,
    rssBeforeBytes,
    rssAfterBytes: rssBytesAfter,
    recoveredMs,
  })
  const { goodPerSecond, refusedPerSecond, codes } = point
  process.stderr.write(
    `round ${round}, ${rate} × capacity, ${contender.name}: good ${goodPerSecond.toFixed(1)}/s, refused ${refusedPerSecond.toFixed(1)}/s, accepted p99 ${Math.round(point.acceptedMs.p99)} ms ${JSON.stringify(codes)}\n`,
  )
  return point
}

function jobFor({ path, lightPath }: Contender, url: string, forSeconds: number): Omit<LoadJob, 'arrivals'> {
  return { ...LOAD, url, path, lightPath, warmUpSeconds: WARM_UP_SECONDS, seconds: forSeconds }
}
