/** So many answers in a row, on connections that fall on both processes. */
const IN_A_ROW = 4
const QUICK_MS = 200
const GIVE_UP_MS = 5000

/**
 * How long a server takes after a load until it answers quickly again; undefined where it does not within 5 s.
 * Nobody waits any more for what it still does in that time.
 */
export async function recovery(url: string, busyMs: number): Promise<number | undefined> {
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  let quick = 0
  while (elapsedMs() < GIVE_UP_MS) {
    quick = (await answersQuickly(url, busyMs)) ? quick + 1 : 0
    if (quick === IN_A_ROW) return elapsedMs()
  }
  return undefined
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
