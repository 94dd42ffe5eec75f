import type { SmallRequests } from './small-requests.ts'

/** Sends one request, and looks at its answer. @throws where it is not the expected one */
export async function answeredRightly(
  request: Pick<SmallRequests, 'url' | 'method' | 'contentType' | 'body' | 'expected'>,
): Promise<void> {
  const { url, method = 'POST', contentType, body, expected } = request
  // A kept connection would make the server wait for it when it ends.
  const headers = { Connection: 'close', 'Content-Type': contentType }
  const response = await fetch(url, { method, headers, ...(method === 'POST' && { body }) })
  const text = await response.text()
  if (response.status === 200 && text.includes(expected)) return
  throw new Error(
    `Wrong answer of ${method} ${url}: expected 200 with "${expected}", got ${response.status} ${text}`,
  )
}
