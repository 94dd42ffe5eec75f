import { expect, test } from 'vitest'
import { type ExitFacts, exitReason } from '../../src/primary/exit-reason.ts'

const facts = (some: Partial<ExitFacts>): ExitFacts => ({
  code: null,
  signal: null,
  announced: undefined,
  oomKilled: false,
  ...some,
})

test.each<[string, Partial<ExitFacts>, string]>([
  ['an exit that nobody announced', { code: 0 }, 'crash'],
  ['an exit code of its own', { code: 1 }, 'crash'],
  ['a signal from outside', { signal: 'SIGKILL' }, 'crash'],
  ['a fault in native code', { signal: 'SIGSEGV' }, 'crash'],
  ['an abort of V8', { signal: 'SIGABRT' }, 'out-of-memory'],
  ['an abort of V8 beneath a shell', { code: 134 }, 'out-of-memory'],
  ['a kill for which the kernel counted itself', { signal: 'SIGKILL', oomKilled: true }, 'out-of-memory'],
  ['another signal while the kernel killed a neighbour', { signal: 'SIGSEGV', oomKilled: true }, 'crash'],
])('%s is told as such', (_, some, reason) => {
  expect(exitReason(facts(some))).toBe(reason)
})

test('what was announced is the reason, however the process ended then', () => {
  expect(exitReason(facts({ announced: 'reload', code: 0 }))).toBe('reload')
  expect(exitReason(facts({ announced: 'hung', signal: 'SIGKILL', oomKilled: true }))).toBe('hung')
  expect(exitReason(facts({ announced: 'memory', signal: 'SIGABRT' }))).toBe('memory')
})
