import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { NO_STALLS } from '../../src/observability/stall-totals.ts'
import type { StallSummary } from '../../src/protocol/operators-api.ts'
import { until } from '../support/until.ts'

const file = fileURLToPath(new URL('../fixtures/stall-program.ts', import.meta.url))
const source = readFileSync(file, 'utf8').split('\n')

/** How the fixture's line with that mark is shown. */
function at(mark: string): string {
  return `(test/fixtures/stall-program.ts:${source.findIndex((line) => line.endsWith(`// ${mark}`)) + 1}:`
}

interface Line {
  readonly level: string
  readonly msg: string
  readonly role: string
  readonly stalledMs: number
  readonly where?: string
  readonly stack?: readonly string[]
}

/** A real process with a watch; its threshold is above what a busy machine does to any process. */
async function watched(thresholdMs = 150, args: string[] = []) {
  const child = spawn(process.execPath, [...args, file, String(thresholdMs)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  onTestFinished(async () => {
    const gone = child.exitCode !== null || child.signalCode !== null || once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  })
  const lines: Line[] = []
  if (child.stdout) createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)))
  const stderr = { text: '' }
  child.stderr?.on('data', (chunk) => {
    stderr.text += chunk
  })
  await once(child, 'message')
  const find = (msg: string) => until(`"${msg}" to be logged`, () => lines.find((line) => line.msg === msg))
  return { child, lines, stderr, find }
}

/** Lets it stand still and go on. */
async function standStill(child: ChildProcess, how: string): Promise<StallSummary> {
  const answer = once(child, 'message')
  child.send(how)
  const [summary] = await answer
  return summary as StallSummary
}

/**
 * Lets it stand still until one more stall has been counted: the sentinel needs some time to start,
 * and does not count what happens while a busy machine starves it too.
 */
async function countedStall(child: ChildProcess, before = 0): Promise<StallSummary> {
  return until('a stall to be counted', async () => {
    const summary = await standStill(child, 'loop')
    return summary.count > before && summary
  })
}

test('an endless loop is told while it lasts, with its place', async () => {
  const { child, find } = await watched()
  await countedStall(child)
  child.send('forever')
  const hang = await find('the event loop hangs')
  expect(hang).toMatchObject({ level: 'error', role: 'sentinel', slot: 7, pid: child.pid })
  expect(hang.where).toContain(`spin ${at('SPIN')}`)
  expect(hang.stack?.join('\n')).toContain('standStill (test/fixtures/stall-program.ts:')
  expect(hang.stalledMs).toBeGreaterThanOrEqual(1000)
})

test('short stalls are all counted, one is told, and the process works on', async () => {
  const { child, lines } = await watched()
  let last = await countedStall(child)
  for (let stall = 0; stall < 5; stall += 1) last = await countedStall(child, last.count)
  expect(last.longestMs).toBeGreaterThan(150)
  expect(last.totalMs).toBeGreaterThanOrEqual(last.longestMs)
  expect(last.places.map(({ where }) => where)).toContainEqual(expect.stringContaining(`spin ${at('SPIN')}`))
  expect([...last.places, last.other, last.unknown].reduce((sum, { count }) => sum + count, 0)).toBe(
    last.count,
  )
  expect(last.last).toMatchObject({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    where: expect.stringContaining(`spin ${at('SPIN')}`),
  })
  // On a busy machine the answer can come when the stall is over; then one line says it all.
  const beginnings = lines.filter(({ msg }) => msg !== 'the event loop goes on')
  expect(beginnings.length).toBeLessThan(last.count)
  expect(beginnings[0]).toMatchObject({
    level: 'warn',
    where: expect.stringContaining(`spin ${at('SPIN')}`),
  })
  expect(lines.at(-1)?.stalledMs).toBeGreaterThan(150)
})

/*
 * Native code that V8 interrupts says where it is at once, other native code when it has returned:
 * then it is on the stack in any case, and named unless a busy machine made the answer look prompt.
 */
test.each([
  ['regex', `Object.regex ${at('REGEX')}`],
  ['wait', `Object.wait ${at('WAIT')}`],
  ['microtasks', `step ${at('STEP')}`],
  ['execute', `Object.execute ${at('EXECUTE')}`],
  ['parse', `Object.parse ${at('PARSE')}`],
])('the place of a stall of the kind "%s" is found', async (how, place) => {
  const told = await until('its place to be logged', () => toldPlace(how), 25_000)
  expect(told.stack?.join('\n')).toContain(place)
})

/**
 * The line about the first stall of a process; undefined where a sentinel that a busy machine starved came
 * too late to ask. The next stall of that process would not be told for ten seconds.
 */
async function toldPlace(how: string): Promise<Line | undefined> {
  const { child, lines } = await watched()
  // The sentinel may not be there yet for the first one.
  const seen = await until('the stall to be seen', async () => {
    const summary = await standStill(child, how)
    return summary.count > 0 && summary
  })
  return seen.last ? until('its line to be there', () => lines.find(({ stack }) => stack)) : undefined
}

test('the sentinel keeps to the level that is in force now', async () => {
  const { child, lines } = await watched()
  const { count } = await countedStall(child)
  await standStill(child, 'quiet')
  const before = lines.length
  await countedStall(child, count)
  child.send('forever')
  const hang = await until('the error', () => lines.find(({ level }) => level === 'error'))
  expect(lines.slice(before)).toEqual([hang])
})

test('an idle process has no stalls', async () => {
  const { child, lines } = await watched(500)
  const summary = await standStill(child, 'none')
  expect(summary).toEqual(NO_STALLS)
  expect(lines).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'a process that was stopped as a whole has not stalled',
  async () => {
    const { child, lines } = await watched()
    const { count } = await countedStall(child)
    const before = lines.length
    const state = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ')[2]
    child.kill('SIGSTOP')
    const stoppedAt = performance.now()
    await until('it to have stood for four thresholds', () => performance.now() - stoppedAt > 600)
    expect(state()).toBe('T')
    child.kill('SIGCONT')
    expect((await standStill(child, 'none')).count).toBe(count)
    expect(lines).toHaveLength(before)
    expect((await countedStall(child, count)).count).toBe(count + 1)
  },
)

test('the end of the watch lets the process end by itself', async () => {
  const { child, lines, stderr } = await watched()
  child.send('close')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(stderr.text).toBe('')
  expect(lines).toEqual([])
})

test('a process exits quietly while it is being asked', async () => {
  const { child, stderr, find } = await watched()
  await countedStall(child)
  child.send('parseAndExit')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await find('the event loop hangs')).toMatchObject({ where: expect.stringContaining('native code') })
  expect(stderr.text).toBe('')
})

test('where there can be no sentinel, the process goes on without', async () => {
  const { child, find } = await watched(150, ['--permission', '--allow-fs-read=*', '--allow-child-process'])
  expect(await find('the event loop is not watched any more')).toMatchObject({ level: 'error', role: 'http' })
  expect((await standStill(child, 'loop')).count).toBe(0)
})
