import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { clientOf, clientTimeoutMs } from '../../src/http/caller.ts'

function requestWith(headers: Record<string, string>): IncomingMessage {
  return { headers, socket: { remoteAddress: '192.0.2.1' } } as unknown as IncomingMessage
}

describe('how long a client waits', () => {
  test('is what it says, and open where it says nothing', () => {
    expect(clientTimeoutMs(requestWith({ 'x-timeout-ms': '250' }))).toBe(250)
    expect(clientTimeoutMs(requestWith({}))).toBeUndefined()
  })

  test.each(['0', '-1', '1.5', 'soon', '', '10000000000'])('cannot be %j', (value) => {
    expect(() => clientTimeoutMs(requestWith({ 'x-timeout-ms': value }))).toThrow(
      expect.objectContaining({ code: 'TIMEOUT_INVALID', status: 400 }),
    )
  })
})

test('a client is known by the header that was named, else by its address', () => {
  const request = requestWith({ 'x-api-key': 'k1' })
  expect(clientOf(request, 'X-Api-Key')).toBe('k1')
  expect(clientOf(request, 'x-other')).toBe('192.0.2.1')
  expect(clientOf(request, '')).toBe('192.0.2.1')
})
