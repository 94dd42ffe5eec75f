import { describe, expect, test } from 'vitest'
import { ThreadPlaces } from '../../src/scheduler/thread-places.ts'

/** The places after each of these lists of live threads. */
function placesAfter(size: number, ...lists: number[][]) {
  const places = new ThreadPlaces(size)
  return lists.map((live) => places.of(live))
}

describe('a thread keeps its place', () => {
  test('from its arrival, in the order in which threads arrive', () => {
    expect(placesAfter(3, [], [7], [7, 8, 9])).toEqual([
      [0, 0, 0],
      [7, 0, 0],
      [7, 8, 9],
    ])
  })

  test('in whichever order the pool lists them', () => {
    expect(placesAfter(3, [7, 8, 9], [9, 7, 8]).at(-1)).toEqual([7, 8, 9])
  })

  test('while the others are replaced, and a new one takes the place of the one that has gone', () => {
    expect(placesAfter(3, [7, 8, 9], [7, 9], [7, 9, 10])).toEqual([
      [7, 8, 9],
      [7, 0, 9],
      [7, 10, 9],
    ])
    expect(placesAfter(3, [7, 8, 9], [9, 10, 11]).at(-1)).toEqual([10, 11, 9])
  })

  test('and one more than there are places has none', () => {
    expect(placesAfter(2, [7, 8, 9])).toEqual([[7, 8]])
  })
})
