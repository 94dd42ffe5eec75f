import { setTimeout as sleep } from 'node:timers/promises'
import { askProcess } from '../harness/ask-process.ts'
import type { Benchmark, Effort, Row } from '../harness/benchmark.ts'
import { residentBytes } from '../harness/process-figures.ts'
import { fileOf } from '../harness/start-offloop.ts'
import { type BusyContender, CONTENDERS } from './contenders.ts'
import { CLOSED_LOOP, describe, plot, rateVariant } from './description.ts'
import { figuresOf, refuseWrongAnswers } from './figures.ts'
import { LOAD, type LoadJob, type LoadReport } from './load-job.ts'
import { recoveryMs } from './recovery.ts'
import { startWatch } from './watch.ts'

/** Multiples of what the best contender does in a closed loop. */
const RATES = [0.5, 1, 2, 5, 10]
/** Enough that no thread is ever without work, and far from any limit of a queue. */
const CLOSED_LOOP_CLIENTS = 12
/** Memory is looked at before the load in quiet. */
const SETTLE_MS = 300

export const overload: Benchmark = {
  name: 'overload',
  title: 'Overload: more requests than the machine can do',

  async check() {
    for (const contender of CONTENDERS) {
      const perSecond = await closedLoop(contender, { warmUpSeconds: 0, seconds: 0.2 })
      if (perSecond === 0) throw new Error(`${contender.name} did not answer in time`)
    }
  },

  async measure(effort: Effort) {
    const rows: Row[] = []
    const times = timesOf(effort)
    for (const contender of CONTENDERS) {
      const figures = { goodPerSecond: await closedLoop(contender, times) }
      rows.push({ contender: contender.name, variant: CLOSED_LOOP, round: 1, figures })
    }
    const capacity = Math.max(...rows.map(({ figures }) => figures.goodPerSecond ?? 0))
    for (let round = 1; round <= effort.rounds; round++) {
      for (const rate of RATES) {
        for (const contender of CONTENDERS) {
          const figures = await openLoop(contender, { ...times, perSecond: rate * capacity, seed: round })
          rows.push({ contender: contender.name, variant: rateVariant(rate), round, figures })
        }
      }
    }
    return rows
  },

  describe,
  plots: (result) => ({ '': plot(result) }),
}

interface Times {
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** A round has fifteen points, each with a server of its own: each can only have a part of a measurement's time. */
function timesOf({ seconds }: Effort): Times {
  return { warmUpSeconds: (seconds * 3) / 16, seconds: (seconds * 3) / 8 }
}

/** @returns good answers a second to clients that wait for them */
async function closedLoop(contender: BusyContender, times: Times): Promise<number> {
  await using server = await contender.start()
  const arrivals = { kind: 'closed', clients: CLOSED_LOOP_CLIENTS } as const
  const { records } = await generate(contender, { ...times, url: server.url, arrivals })
  const good = records.filter(({ offeredAtMs, ending }) => offeredAtMs >= 0 && ending === 'good')
  return good.length / times.seconds
}

/** A server of its own for each point, so that none inherits a queue. */
async function openLoop(
  contender: BusyContender,
  { perSecond, seed, ...times }: Times & { readonly perSecond: number; readonly seed: number },
): Promise<Record<string, number>> {
  await using server = await contender.start()
  await sleep(SETTLE_MS)
  const rssBeforeBytes = residentBytes(server.pid)
  const watch = startWatch(server.url + contender.lightPath, server.pid)
  const arrivals = { kind: 'open', perSecond, seed } as const
  const load = await generate(contender, { ...times, url: server.url, arrivals })
  const watched = await watch.stop()
  const recovered = await recoveryMs(server.url + contender.path, LOAD.busyMs)
  return figuresOf(times.seconds, load, { ...watched, rssBeforeBytes, recoveredMs: recovered })
}

async function generate(
  { name, path, lightPath }: BusyContender,
  job: Pick<LoadJob, 'url' | 'arrivals' | 'warmUpSeconds' | 'seconds'>,
): Promise<LoadReport> {
  const whole: LoadJob = { ...LOAD, path, lightPath, ...job }
  const report = await askProcess<LoadReport>(fileOf('bench/overload/load-process.ts'), whole)
  refuseWrongAnswers(name, report)
  return report
}
