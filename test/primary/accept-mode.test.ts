import { expect, test } from 'vitest'
import { resolveAccept } from '../../src/primary/accept-mode.ts'

test('what is wanted by name is taken, whatever the kernel does', () => {
  const notAsked = () => {
    throw new Error('the kernel was asked')
  }
  expect(resolveAccept('round-robin', notAsked)).toBe('round-robin')
  expect(resolveAccept('reuse-port', notAsked)).toBe('reuse-port')
})

test.each([
  ['moves waiting connections', '1\n', 'reuse-port'],
  ['resets waiting connections', '0\n', 'round-robin'],
  ['does not know the switch', '', 'round-robin'],
])('auto on a kernel that %s', (_, file, accept) => {
  const read = (path: string) => (path === '/proc/sys/net/ipv4/tcp_migrate_req' ? file : '')
  expect(resolveAccept('auto', read)).toBe(accept)
})

test('auto on this machine is one of the two', () => {
  expect(['round-robin', 'reuse-port']).toContain(resolveAccept('auto'))
})
