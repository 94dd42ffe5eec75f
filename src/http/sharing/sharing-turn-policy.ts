import type { LoadFigures } from '../../protocol/cluster-board.ts'

/**
 * Threads of siblings that are for this process to ask for: those that are free, less one for each sibling that
 * has more waiting. All see the same figures, so a thread that becomes free is asked for by the longest queue
 * alone, and not by everybody at once.
 */
export function threadsLeft(own: LoadFigures, siblings: readonly LoadFigures[]): number {
  const free = siblings.reduce((sum, { freeThreads }) => sum + Math.max(0, freeThreads), 0)
  return Math.max(0, free - siblings.filter((sibling) => goesFirst(sibling, own)).length)
}

/** Equal queues have turns all the same, in the order of their process ids. */
function goesFirst(sibling: LoadFigures, own: LoadFigures): boolean {
  if (sibling.queued === 0) return false
  return sibling.queued > own.queued || (sibling.queued === own.queued && sibling.pid < own.pid)
}
