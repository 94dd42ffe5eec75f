import type { ClusterStatus } from '../../src/protocol/operators-api.ts'
import type { Cluster } from './cluster.ts'
import { until } from './until.ts'

/** What a client gets for an input that ends threads or processes: a status, or a broken connection. */
export async function sendPoison(cluster: Cluster, how: string, nonce: string): Promise<number | 'failed'> {
  try {
    const response = await cluster.task('crash', { how, nonce })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 'failed'
  }
}

/** Waits until an input of the task is refused, and gives the entry for it. */
export function quarantined(cluster: Cluster, task = 'crash'): Promise<ClusterStatus['quarantine'][number]> {
  return until('the quarantine', async () => {
    const { quarantine } = await cluster.status()
    return quarantine.find((entry) => entry.task === task && entry.until !== null)
  })
}

/** The slots whose processes have refused an input for its quarantine. */
export function slotsThatRefused(cluster: Cluster): Set<unknown> {
  return new Set(cluster.lines.filter(({ code }) => code === 'INPUT_QUARANTINED').map(({ slot }) => slot))
}
