import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What the heap of this thread holds once all garbage has been collected, with the buffers that hang on it, in bytes. */
export function collectedBytes() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  // What finalisers let go of in the first time is garbage in the second.
  collect()
  collect()
  const { used_heap_size: heapBytes, external_memory: bufferBytes } = getHeapStatistics()
  return heapBytes + bufferBytes
}
