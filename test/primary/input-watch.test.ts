import { pino } from 'pino'
import { expect, test } from 'vitest'
import { InputWatch } from '../../src/primary/input-watch.ts'
import type { KnownInputsMessage } from '../../src/protocol/process-messages.ts'

function watch(termMs = 60_000) {
  const told: KnownInputsMessage[] = []
  const lines: Record<string, unknown>[] = []
  const inputs = new InputWatch({
    log: pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }),
    termMs: () => termMs,
    tellAll: (message) => told.push(message),
  })
  return { inputs, told, lines }
}

const run = { fingerprint: 'f1', task: 'resize', requestId: 'r1' }
const threadDeath = { ...run, type: 'input-death', how: 'out-of-memory' } as const

test('all processes are told of each suspect, of each refusal, and of who is harmless after all', () => {
  const { inputs, told } = watch()
  inputs.onMessage(threadDeath)
  inputs.onProcessDeath([run, { ...run, fingerprint: 'f2' }])
  inputs.onMessage({ type: 'input-harmless', fingerprint: 'f2' })
  inputs.onMessage({ type: 'input-harmless', fingerprint: 'f3' })
  expect(told.map(({ inputs: list }) => list)).toEqual([
    [{ task: 'resize', fingerprint: 'f1', until: null }],
    [
      { task: 'resize', fingerprint: 'f1', until: expect.any(Number) },
      { task: 'resize', fingerprint: 'f2', until: null },
    ],
    [{ task: 'resize', fingerprint: 'f1', until: expect.any(Number) }],
  ])
  expect(inputs.known).toEqual(told.at(-1))
})

test('operators are told in the log and by the status', () => {
  const { inputs, lines } = watch()
  inputs.onMessage(threadDeath)
  expect(lines).toEqual([])
  inputs.onProcessDeath([run])
  inputs.onRefusals([['f1', 2]])
  expect(lines).toMatchObject([
    { level: 40, task: 'resize', fingerprint: 'f1', deaths: 2, how: 'process', requestId: 'r1' },
  ])
  expect(inputs.status).toMatchObject([{ fingerprint: 'f1', until: expect.any(String), refusals: 2 }])
})

test('a process that died of nothing that ran on it changes nothing', () => {
  const { inputs, told } = watch()
  inputs.onProcessDeath([])
  expect(told).toEqual([])
  expect(inputs.known).toBeUndefined()
})

test('with a term of 0 nothing is noted', () => {
  const { inputs, told } = watch(0)
  for (let death = 0; death < 3; death++) inputs.onMessage(threadDeath)
  expect(told).toEqual([])
  expect(inputs.status).toEqual([])
})
