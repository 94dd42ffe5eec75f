import { expect, test } from 'vitest'
import { isLoopback } from '../../src/primary/control-guard.ts'

/* Who may control the cluster is tested through the server: ops-server.test.ts. */

test.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(isLoopback(address)).toBe(true)
})

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'fe80::1', '::ffff:10.0.0.1'])(
  '%s can be reached from elsewhere',
  (address) => {
    expect(isLoopback(address)).toBe(false)
  },
)
