import { expect, test } from 'vitest'
import { builtFixtureTasksDir, Cluster, childrenOf, isAlive, mainFile } from '../support/cluster.ts'
import { pathOf } from '../support/path-of.ts'
import { until } from '../support/until.ts'

/*
 * As in the container image: tini in front, the primary as its child. Here tini is not process 1, so
 * it is told to reap as that would (-s).
 */
const tini = pathOf('tini')

test.skipIf(tini === undefined)(
  'under tini SIGTERM drains: what is in flight is finished, and nothing is left (skipped where tini is not installed)',
  async () => {
    const command = [tini ?? '', '-s', '--', process.execPath, mainFile]
    await using cluster = await new Cluster(
      { OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1', OFFLOOP_TASKS_DIR: builtFixtureTasksDir },
      command,
    ).ready()
    const [primary = -1] = childrenOf(cluster.pid)
    const pids = [primary, ...childrenOf(primary)]
    expect(pids).toHaveLength(3)
    const inFlight = cluster.task('busy', { ms: 500 })
    await until('the task to begin', () => cluster.line('busy begins'))
    expect(await cluster.stop()).toEqual({ code: 0, signal: null })
    expect((await inFlight).status).toBe(200)
    expect(pids.filter(isAlive)).toEqual([])
  },
)
