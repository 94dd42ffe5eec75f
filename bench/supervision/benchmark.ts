import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLoad } from '../../test/support/load.ts'
import type { Benchmark, Effort, Row } from '../harness/benchmark.ts'
import { installedSupervisors, OFFLOOP, routesOf } from './contenders.ts'
import { describe, plots } from './page.ts'
import type { Supervisor } from './supervisor.ts'
import { start, takeTurn } from './turn.ts'

/** With the harness's 8 seconds five reloads and three kills a round; with fewer seconds fewer. */
const RELOADS_A_SECOND = 5 / 8
const KILLS_A_SECOND = 3 / 8
const CHECKED_REQUESTS = 40

export const supervision: Benchmark = {
  name: 'supervision',
  title: 'Supervision: starts, reloads, and processes that are killed',

  async check() {
    // Side by side, because nothing is timed and PM2 is slow to come and go. All are waited for: each ends what it started.
    const ends = await Promise.allSettled((await installedSupervisors()).map(answersRightly))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  },

  async measure({ rounds, seconds }: Effort) {
    const counts = {
      reloads: Math.max(1, Math.round(seconds * RELOADS_A_SECOND)),
      kills: Math.max(1, Math.round(seconds * KILLS_A_SECOND)),
    }
    const rows: Row[] = []
    const supervisors = await installedSupervisors()
    for (let round = 1; round <= rounds; round++) {
      for (const supervisor of supervisors) {
        const contender = supervisor.name
        await withCompileCache(async (NODE_COMPILE_CACHE) => {
          if (contender === OFFLOOP) {
            // The first start fills the folder that the second one finds.
            await using first = await start(supervisor, { NODE_COMPILE_CACHE })
            rows.push({ contender, variant: 'first start', round, figures: first.figures })
          }
          await using started = await start(supervisor, { NODE_COMPILE_CACHE })
          rows.push({ contender, variant: 'start', round, figures: started.figures })
          const { reload, kill } = await takeTurn(supervisor, started, counts)
          rows.push({ contender, variant: 'reload', round, figures: reload })
          rows.push({ contender, variant: 'kill', round, figures: kill })
        })
      }
    }
    return rows
  },

  describe,
  plots,
}

async function answersRightly(supervisor: Supervisor): Promise<void> {
  await using started = await start(supervisor)
  const limits = { maxRequests: CHECKED_REQUESTS, maxSeconds: 10 }
  const load = startLoad({ url: started.url, routes: routesOf(supervisor), ...limits })
  await load.more(CHECKED_REQUESTS)
  const { failures } = await load.stop()
  if (failures.length > 0) throw new Error(`${supervisor.name}: ${JSON.stringify(failures[0])}`)
}

async function withCompileCache(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'offloop-bench-cache-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
