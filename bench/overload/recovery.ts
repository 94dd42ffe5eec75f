/** So many answers in a row, on connections that fall on both processes. */
const IN_A_ROW = 4
const QUICK_MS = 200
/** When nobody waits any longer for a server to become quick again. */
export const RECOVERY_LIMIT_MS = 3000

/**
 * How long a server takes after a load until it answers quickly again; the limit where it does not before.
 * Nobody waits any more for what it still does in that time.
 */
export async function recoveryMs(url: string, busyMs: number): Promise<number> {
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  let quick = 0
  while (elapsedMs() < RECOVERY_LIMIT_MS) {
    quick = (await answersQuickly(url, busyMs)) ? quick + 1 : 0
    if (quick === IN_A_ROW) return elapsedMs()
  }
  return RECOVERY_LIMIT_MS
}

async function answersQuickly(url: string, busyMs: number): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify({ ms: busyMs }),
      signal: AbortSignal.timeout(QUICK_MS),
    })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
