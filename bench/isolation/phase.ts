import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../harness/benchmark.ts'
import { percentiles } from '../harness/percentiles.ts'
import { cpuSeconds } from '../harness/process-figures.ts'
import type { RunningServer } from '../harness/start-offloop.ts'
import type { IsolationContender } from './contenders.ts'
import { askLightly } from './light-requests.ts'

/** Light requests a second, to the server and to the control. */
export const PER_SECOND = 100

export interface Running {
  readonly contender: IsolationContender
  readonly server: RunningServer
}

/** Sends what keeps a server at work for so many seconds. */
export type Saturate = (server: RunningServer, seconds: number) => Promise<unknown>

/** Until the load is under way. */
const LEAD_SECONDS = 1
/** For the process of the light requests to start and to warm up, with room: a load that ended first would flatter. */
const LAG_SECONDS = 3

/** Light requests to a server that is kept at work, and in the same way to the control. */
export async function measurePhase(
  { contender, server }: Running,
  plain: RunningServer,
  saturate: Saturate,
  seconds: number,
): Promise<Row['figures']> {
  const loading = saturate(server, LEAD_SECONDS + Math.ceil(seconds) + LAG_SECONDS)
  const asking = async () => {
    await sleep(LEAD_SECONDS * 1000)
    const [startedAt, before] = [performance.now(), cpuSeconds(server.pid)]
    const times = await askLightly({
      urls: [server.url + contender.path, plain.url],
      perSecond: PER_SECOND,
      seconds,
    })
    const cores = (cpuSeconds(server.pid) - before) / ((performance.now() - startedAt) / 1000)
    return { times, cores }
  }
  const [{ times, cores }] = await Promise.all([asking(), loading])
  const [own, control] = times.map((ms) => percentiles(ms))
  if (own === undefined || control === undefined) throw new Error('The light requests told no times')
  return {
    p50Ms: own.p50,
    p99Ms: own.p99,
    longestMs: own.longest,
    controlP50Ms: control.p50,
    controlP99Ms: control.p99,
    controlLongestMs: control.longest,
    cores,
  }
}
