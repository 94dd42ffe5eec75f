import { freePort } from '../../test/support/free-port.ts'
import { startLoad } from '../../test/support/load.ts'
import { routesOf } from './contenders.ts'
import { allGone, allServe, firstAnswer, isAlive } from './observed.ts'
import { figuresOf, loadOf, type Phase } from './phases.ts'
import type { RunningSupervisor, Settings, Supervisor } from './supervisor.ts'

export interface Started extends AsyncDisposable {
  readonly running: RunningSupervisor
  readonly url: string
  readonly pids: ReadonlySet<number>
  /** From the spawn until the first answer, and until each process has given one. */
  readonly figures: { readonly readyMs: number; readonly allServeMs: number }
}

/** Figures of what was done to a contender, and of the requests meanwhile. */
export interface Turn {
  readonly reload: Readonly<Record<string, number>>
  readonly kill: Readonly<Record<string, number>>
}

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

/**
 * Puts load on it, reloads it and kills its processes.
 *
 * @throws where requests fail before that, or a process ends by itself
 */
export async function takeTurn(
  supervisor: Supervisor,
  started: Started,
  counts: { readonly reloads: number; readonly kills: number },
): Promise<Turn> {
  const load = startLoad({ ...LOAD, url: started.url, routes: routesOf(supervisor) })
  const phases: Phase[] = []
  const begin = (name: Phase['name']) =>
    phases.push({ name, begunAt: performance.now(), sentBefore: load.sent })
  let pids = started.pids
  const again = async (times: number, act: (pids: ReadonlySet<number>) => Promise<ReadonlySet<number>>) => {
    const tookMs: number[] = []
    for (let count = 0; count < times; count++) {
      expectAlive(pids)
      const startedAt = performance.now()
      pids = await act(pids)
      tookMs.push(performance.now() - startedAt)
      await load.more(REQUESTS_BETWEEN)
    }
    return tookMs
  }
  try {
    begin('warm-up')
    await load.more(WARM_UP_REQUESTS)
    begin('reload')
    const reloadMs = await again(counts.reloads, (before) => reload(supervisor, started, before))
    begin('kill')
    const backMs = await again(counts.kills, (before) => killOne(supervisor, started, before))
    const { failures } = await load.stop()
    const during = (name: Phase['name']) => loadOf(name, phases, load.sent, failures)
    const [early] = during('warm-up').failures
    if (early !== undefined) throw new Error(`A request failed without a reason: ${JSON.stringify(early)}`)
    return { reload: figuresOf(reloadMs, during('reload')), kill: figuresOf(backMs, during('kill')) }
  } finally {
    await load.stop()
  }
}

/** @returns the new processes, once all of them have answered and the old ones have ended */
async function reload(supervisor: Supervisor, { running, url }: Started, before: ReadonlySet<number>) {
  await running.reload()
  const pids = await allServe(url, supervisor, before)
  await allGone(before)
  return pids
}

/** @returns the processes that are left and the new one, once all of them have answered */
async function killOne(supervisor: Supervisor, { url }: Started, before: ReadonlySet<number>) {
  const [victim] = before
  if (victim === undefined) throw new Error('There is no process to kill')
  process.kill(victim, 'SIGKILL')
  return await allServe(url, supervisor, new Set([victim]))
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
