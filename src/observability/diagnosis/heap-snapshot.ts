import type { Readable } from 'node:stream'
import { getHeapSnapshot } from 'node:v8'
import type { Worker as NodeThread } from 'node:worker_threads'
import { inTime } from './in-time.ts'

/** A heap of a million objects takes about ten seconds, on a busy machine more. */
const SNAPSHOT_MS = 110_000

/** The heap of this process's main thread, which stands still meanwhile. The whole snapshot is in memory until it is read. */
export function snapshotMainThread(): Readable {
  return readAtOnce(getHeapSnapshot())
}

/**
 * The heap of one thread. A busy one is interrupted and stands still until it is done; then the event loop of this process
 * does, while the snapshot is written as text, in one go.
 *
 * A thread that ends before then takes the memory of its snapshot along, and the whole process dies of a
 * segmentation fault (Node 26.10, each time). So it must not be ended meanwhile.
 *
 * @param hold is told of a promise; until that settles the thread may not be ended
 * @throws {ProblemError} `DIAGNOSIS_FAILED` where the thread does not reply
 */
export async function snapshotThread(
  thread: NodeThread,
  hold: (work: Promise<unknown>) => void,
): Promise<Readable> {
  const snapshot = thread.getHeapSnapshot().then(readAtOnce)
  hold(snapshot.catch(() => {}))
  return inTime(SNAPSHOT_MS, 'The thread', snapshot).catch((error: unknown) => {
    void snapshot.then((late) => late.destroy()).catch(() => {})
    throw error
  })
}

/** The first read makes the whole text, and lets go of what belongs to the heap. */
function readAtOnce(snapshot: Readable): Readable {
  snapshot.read(0)
  return snapshot
}
