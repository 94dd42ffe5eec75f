import { expect, test } from 'vitest'
import { withoutSecrets } from '../../../src/http/middleware/request-log.ts'

test.each([
  ['/livez', '/livez'],
  ['/a?b=1&c', '/a?b=1&c'],
  ['/a?token=x&b=1', '/a?token=[redacted]&b=1'],
  ['/a?b=1&API_KEY=x=y&c=2', '/a?b=1&API_KEY=[redacted]&c=2'],
  ['/a?key', '/a?key'],
])('%s is logged as %s', (url, logged) => {
  expect(withoutSecrets(url)).toBe(logged)
})
