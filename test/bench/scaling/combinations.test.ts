import { expect, test } from 'vitest'
import { combinationsFor, nameOf } from '../../../bench/scaling/combinations.ts'

const processesOn = (cores: number) => [...new Set(combinationsFor(cores).map(({ processes }) => processes))]

test.each([
  [1, [1]],
  [2, [1, 2]],
  [6, [1, 2, 4, 6]],
  [8, [1, 2, 4, 8]],
])('%i cores are compared with %j processes', (cores, processes) => {
  expect(processesOn(cores)).toEqual(processes)
})

test('each number of processes comes with 1, 2 and 4 threads', () => {
  expect(combinationsFor(2).map(nameOf)).toEqual(['1 × 1', '1 × 2', '1 × 4', '2 × 1', '2 × 2', '2 × 4'])
})
