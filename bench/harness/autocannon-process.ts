import autocannon from 'autocannon'
import type { LoadAnswer, SmallRequests } from './small-requests.ts'

/* Gets one load from its parent, and tells what became of it. */
process.once('message', (load: SmallRequests) => void send(load))

async function send({ url, contentType, body, expected, connections, seconds }: SmallRequests) {
  const { requests, duration, non2xx, errors, mismatches } = await autocannon({
    url,
    method: 'POST',
    headers: { 'Content-Type': contentType },
    body,
    connections,
    duration: seconds,
    verifyBody: (received) => String(received).includes(expected),
  })
  const wrong = non2xx + errors + mismatches
  const answer: LoadAnswer = { answered: requests.total, seconds: duration, wrong }
  process.send?.(answer, () => process.disconnect?.())
}
