/**
 * A clock for log lines: the time as a member, `,"time":"2026-11-24T02:35:32.469Z"`, as pino's `isoTime` gives
 * it. The second is formatted once and not for each line, which saves a fifth of a request's line.
 */
export function isoClock(now: () => number = Date.now): () => string {
  let second = Number.NaN
  let upToSecond = ''
  return () => {
    const time = now()
    const ms = time % 1000
    if (time - ms !== second) {
      second = time - ms
      upToSecond = `,"time":"${new Date(second).toISOString().slice(0, -4)}`
    }
    return `${upToSecond}${String(ms).padStart(3, '0')}Z"`
  }
}
