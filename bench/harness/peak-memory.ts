import { residentBytes } from './process-figures.ts'

const SAMPLE_MS = 50

/** Runs something, and tells the most memory that a process and its children had meanwhile, as {@link residentBytes} has it. */
export async function withPeakMemory<Result>(
  pid: number,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly peakBytes: number }> {
  let peakBytes = residentBytes(pid)
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const timer = setInterval(() => {
    try {
      peakBytes = Math.max(peakBytes, residentBytes(pid))
    } catch (cause) {
      reject(new Error(`A process of ${pid} ended while it was measured`, { cause }))
    }
  }, SAMPLE_MS)
  try {
    return { result: await Promise.race([run(), failed]), peakBytes }
  } finally {
    clearInterval(timer)
  }
}
