import { expect, test } from 'vitest'
import { Roster } from '../src/roster.ts'

test('what has come and not gone is there, in the order in which it came', () => {
  const roster = new Roster<string>()
  const [a, b, c] = ['a', 'b', 'c'].map((item) => roster.add(item))
  expect([[...roster], roster.size]).toEqual([['a', 'b', 'c'], 3])
  if (b) roster.remove(b)
  expect([[...roster], roster.size]).toEqual([['a', 'c'], 2])
  roster.add('d')
  if (a) roster.remove(a)
  expect([...roster]).toEqual(['c', 'd'])
  if (c) roster.remove(c)
  expect([[...roster], roster.size]).toEqual([['d'], 1])
})

test('to remove something twice changes nothing', () => {
  const roster = new Roster<number>()
  const one = roster.add(1)
  roster.add(2)
  roster.remove(one)
  roster.remove(one)
  expect([[...roster], roster.size]).toEqual([[2], 1])
})

test('the same may be there several times', () => {
  const roster = new Roster<number>()
  const first = roster.add(1)
  roster.add(1)
  roster.remove(first)
  expect([...roster]).toEqual([1])
})

test('each may be removed when it is looked at', () => {
  const roster = new Roster<number>()
  const places = [1, 2, 3].map((item) => roster.add(item))
  const seen: number[] = []
  for (const item of roster) {
    seen.push(item)
    const place = places[item - 1]
    if (place) roster.remove(place)
  }
  expect([seen, roster.size]).toEqual([[1, 2, 3], 0])
})
