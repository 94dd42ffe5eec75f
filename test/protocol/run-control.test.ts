import { expect, test } from 'vitest'
import { RunControl, RunControls } from '../../src/protocol/run-control.ts'

test('both sides see a stop and the progress', () => {
  const { here, there } = bothSides()
  expect(there.stopRequested).toBe(false)
  here.requestStop()
  there.progress = 0.5
  expect(there.stopRequested).toBe(true)
  expect(here.progress).toBe(0.5)
})

test.each([
  [-1, 0],
  [2, 1],
  [Number.NaN, 0],
  [0.12345, 0.123],
])('a progress of %d is kept as %d', (said, kept) => {
  const control = new RunControl()
  control.progress = said
  expect(control.progress).toBe(kept)
})

test('who waits for a stop is told of it, and of the end of the run', async () => {
  const control = new RunControl()
  const stopped = control.stopOrRelease()
  control.requestStop()
  await stopped
  // A stop that has been requested already needs no waiting.
  await control.stopOrRelease()

  const finished = new RunControl()
  const released = finished.stopOrRelease()
  finished.releaseWaiters()
  await released
})

test('the fingerprint that the thread has set is seen here, also when the thread is gone', () => {
  const { here, there } = bothSides()
  expect(here.fingerprint).toBeUndefined()
  there.fingerprint = '00112233445566778899aabbccddeeff'
  there.progress = 1
  expect(here.fingerprint).toBe('00112233445566778899aabbccddeeff')
  expect(here.stopRequested).toBe(false)
})

test('the thread knows its number, once it is told', () => {
  const { here, there } = bothSides()
  expect(there.threadNumber).toBeUndefined()
  here.threadNumber = 0
  expect(there.threadNumber).toBe(0)
})

test('a run begins with nothing of the one before it, whose leftovers change nothing of it', async () => {
  const controls = new RunControls(2)
  const first = controls.begin(1)
  first.progress = 0.5
  first.requestStop()
  const second = controls.begin(1)
  expect([second.progress, second.stopRequested]).toEqual([0, false])
  first.progress = 0.9
  first.requestStop()
  expect([second.progress, second.stopRequested]).toEqual([0, false])
  second.requestStop()
  expect([first.stopRequested, second.stopRequested]).toEqual([false, true])
  expect(controls.begin(0).stopRequested).toBe(false)
})

/** One run, as an HTTP process and its thread see it. */
function bothSides() {
  const controls = new RunControls(3)
  const here = controls.begin(2)
  return { here, there: new RunControls(controls.shared).of(2) }
}
