import autocannon from 'autocannon'
import type { LoadAnswer, SmallRequests } from './small-requests.ts'

/* Gets one load from its parent, and tells what became of it. */
process.once('message', (load: SmallRequests) => void send(load))

async function send(load: SmallRequests) {
  const { url, method = 'POST', contentType, body, expected, connections, seconds } = load
  const { requests, duration, latency, non2xx, errors, mismatches } = await autocannon({
    url,
    method,
    ...(method === 'POST' && { headers: { 'Content-Type': contentType }, body }),
    connections,
    duration: seconds,
    verifyBody: (received) => String(received).includes(expected),
  })
  const wrong = non2xx + errors + mismatches
  const answer: LoadAnswer = { answered: requests.total, seconds: duration, p99Ms: latency.p99, wrong }
  process.send?.(answer, () => process.disconnect?.())
}
