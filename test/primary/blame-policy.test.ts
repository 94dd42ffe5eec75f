import { expect, test } from 'vitest'
import { runsAreToBlame } from '../../src/primary/blame-policy.ts'
import type { ExitFacts } from '../../src/primary/exit-reason.ts'

const blamed = (some: Partial<ExitFacts>) =>
  runsAreToBlame({ code: null, signal: null, announced: undefined, ...some })

test.each<[string, Partial<ExitFacts>]>([
  ['an abort', { signal: 'SIGABRT' }],
  ['an abort beneath a shell', { code: 134 }],
  ['a fault in native code', { signal: 'SIGSEGV' }],
  ['an exit that nobody announced', { code: 1 }],
  ['a kill that nobody announced', { signal: 'SIGKILL' }],
  ['an abort while it drains', { announced: 'reload', signal: 'SIGABRT' }],
  ['a fault while it drains', { announced: 'shutdown', signal: 'SIGBUS' }],
])('%s may be what a run has done', (_, facts) => {
  expect(blamed(facts)).toBe(true)
})

test.each<[string, Partial<ExitFacts>]>([
  ['a drain', { announced: 'reload', code: 0 }],
  ['a drain that took too long', { announced: 'scale', signal: 'SIGKILL' }],
  ['the kill of one that was silent', { announced: 'hung', signal: 'SIGKILL' }],
  ['the end of a process after an error in its own code', { announced: 'crash', code: 1 }],
  ['recycling', { announced: 'memory', code: 0 }],
])('%s is nothing that a run has done', (_, facts) => {
  expect(blamed(facts)).toBe(false)
})
