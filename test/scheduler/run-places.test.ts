import { expect, test } from 'vitest'
import { RunPlaces } from '../../src/scheduler/run-places.ts'

test('each run has the lowest place that is free', () => {
  const places = new RunPlaces()
  expect([places.take(), places.take(), places.take()]).toEqual([0, 1, 2])
  places.release(1)
  expect(places.taken).toBe(2)
  expect([places.take(), places.take()]).toEqual([1, 3])
})
