import { freePort } from '../../test/support/free-port.ts'
import { type Load, startLoad } from '../../test/support/load.ts'
import { countKinds, type Failure, median } from '../../test/support/load-result.ts'
import { routesOf } from './contenders.ts'
import { allGone, allServe, firstAnswer, isAlive } from './observed.ts'
import type { RunningSupervisor, Settings, Supervisor } from './supervisor.ts'

export interface Started extends AsyncDisposable {
  readonly running: RunningSupervisor
  readonly url: string
  readonly pids: ReadonlySet<number>
  /** From the spawn until the first answer, and until each process has given one. */
  readonly figures: { readonly readyMs: number; readonly allServeMs: number }
}

/** What was done to a contender again and again, and what became of the requests meanwhile. */
export type PhaseFigures = Readonly<Record<string, number>>

export interface Turn {
  readonly reload: PhaseFigures
  readonly kill: PhaseFigures
}

/** Figures of a phase that count failures of one kind begin with this. */
export const FAILED_BY = 'failed: '

const CLIENTS = 8
const WARM_UP_REQUESTS = 500
const REQUESTS_BETWEEN = 300
/** `timeoutMs`: a hundred times what the slowest kind of request takes. */
const LOAD = { clients: CLIENTS, pauseMs: 5, timeoutMs: 5000, maxRequests: 1_000_000, maxSeconds: 300 }

/** What the page says of the load. */
export const loadInWords = `${CLIENTS} clients send light requests, echoes and, one in twenty, a computation of 20 ms, with pauses of up to ${LOAD.pauseMs} ms; half of them keep their connection, half open one for each request. No request is tried again, and one without a complete and right answer has failed (${LOAD.timeoutMs / 1000} s without one is a timeout)`

/** Starts a contender and takes the time. */
export async function start(supervisor: Supervisor, settings?: Settings): Promise<Started> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const starting = supervisor.start(port, settings)
  try {
    await Promise.race([firstAnswer(url, supervisor), untilItFails(starting)])
    const readyMs = performance.now() - startedAt
    const pids = await allServe(url, supervisor)
    const allServeMs = performance.now() - startedAt
    const running = await starting
    const end = () => running[Symbol.asyncDispose]()
    return { running, url, pids, figures: { readyMs, allServeMs }, [Symbol.asyncDispose]: end }
  } catch (error) {
    const running = await starting.catch(() => undefined)
    await running?.[Symbol.asyncDispose]()
    throw error
  }
}

/** Puts load on it, reloads it and kills its processes. */
export async function takeTurn(
  supervisor: Supervisor,
  started: Started,
  counts: { readonly reloads: number; readonly kills: number },
): Promise<Turn> {
  const load = startLoad({ ...LOAD, url: started.url, routes: routesOf(supervisor) })
  const phases = new Phases(load)
  try {
    await load.more(WARM_UP_REQUESTS)
    phases.begin('reload')
    let { pids } = started
    const reloadMs: number[] = []
    for (let count = 0; count < counts.reloads; count++) {
      const before = pids
      expectAlive(before)
      const startedAt = performance.now()
      await started.running.reload()
      pids = await allServe(started.url, supervisor, before)
      await allGone(before)
      reloadMs.push(performance.now() - startedAt)
      await load.more(REQUESTS_BETWEEN)
    }
    phases.begin('kill')
    const backMs: number[] = []
    for (let count = 0; count < counts.kills; count++) {
      expectAlive(pids)
      const [victim = -1] = pids
      const killedAt = performance.now()
      process.kill(victim, 'SIGKILL')
      pids = await allServe(started.url, supervisor, new Set([victim]))
      backMs.push(performance.now() - killedAt)
      await load.more(REQUESTS_BETWEEN)
    }
    await load.stop()
    return { reload: phases.figures('reload', reloadMs), kill: phases.figures('kill', backMs) }
  } finally {
    await load.stop()
  }
}

type PhaseName = 'warm-up' | 'reload' | 'kill'

/**
 * One load goes through all phases, so that a request which hangs in one of them holds up nothing. A failure belongs to
 * the phase in which it happened: a request that waits in vain was lost when it was sent, one that is reset when that came.
 */
class Phases {
  readonly #load: Load
  readonly #begun: { readonly name: PhaseName; readonly at: number; readonly sent: number }[]

  constructor(load: Load) {
    this.#load = load
    this.#begun = [{ name: 'warm-up', at: performance.now(), sent: 0 }]
  }

  begin(name: PhaseName): void {
    this.#begun.push({ name, at: performance.now(), sent: this.#load.sent })
  }

  /** @throws where requests failed before anything was done to the contender */
  figures(name: PhaseName, tookMs: readonly number[]): PhaseFigures {
    if (this.#failures('warm-up').length > 0) {
      throw new Error(`Requests failed without a reason: ${JSON.stringify(this.#failures('warm-up')[0])}`)
    }
    const index = this.#begun.findIndex((phase) => phase.name === name)
    const requests = (this.#begun[index + 1]?.sent ?? this.#load.sent) - (this.#begun[index]?.sent ?? 0)
    const failures = this.#failures(name)
    const kinds = Object.entries(countKinds(failures)).map(([kind, count]) => [FAILED_BY + kind, count])
    return {
      times: tookMs.length,
      medianMs: median(tookMs),
      slowestMs: Math.max(...tookMs),
      requests,
      failed: failures.length,
      ...(Object.fromEntries(kinds) as Record<string, number>),
    }
  }

  #failures(name: PhaseName): Failure[] {
    return this.#load.failures.filter(({ kind, sentAt, endedAt }) => {
      const happenedAt = kind === 'timeout' ? sentAt : endedAt
      return this.#begun.findLast(({ at }) => at <= happenedAt)?.name === name
    })
  }
}

/** A process that ended without being asked to would be taken for one that was replaced. */
function expectAlive(pids: ReadonlySet<number>): void {
  for (const pid of pids) {
    if (!isAlive(pid)) throw new Error(`Process ${pid} has ended by itself`)
  }
}

/** Rejects when it does; never settles otherwise. */
async function untilItFails(starting: Promise<unknown>): Promise<never> {
  await starting
  return new Promise<never>(() => {})
}
