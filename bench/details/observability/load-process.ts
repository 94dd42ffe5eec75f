import autocannon from 'autocannon'

/*
 * Asks for one trivial task again and again, from a process of its own: as many requests a second as a few
 * connections get answered.
 */
export interface LoadJob {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly headers: Readonly<Record<string, string>>
}

export interface LoadAnswer {
  readonly answered: number
  readonly seconds: number
  /** Anything but 200 with the right body, or nothing at all. */
  readonly wrong: number
}

const BODY = 'offloop'
/** SHA-256 of the body, as `sha256sum` prints it. */
const DIGEST = '3b51fadb186c8771e4249f9a98c0ae5d2fcbceb562265821b137d7f3a937db4b'

process.once('message', (job: LoadJob) => void load(job))

async function load({ url, connections, seconds, headers }: LoadJob): Promise<void> {
  const { requests, duration, non2xx, errors, mismatches } = await autocannon({
    url: `${url}/api/tasks/hash`,
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', ...headers },
    body: BODY,
    connections,
    duration: seconds,
    verifyBody: (body) => String(body).includes(DIGEST),
  })
  const wrong = non2xx + errors + mismatches
  const answer: LoadAnswer = { answered: requests.total, seconds: duration, wrong }
  process.send?.(answer, () => process.disconnect?.())
}
