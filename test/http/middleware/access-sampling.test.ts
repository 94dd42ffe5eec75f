import { expect, test } from 'vitest'
import { AccessSampling } from '../../../src/http/middleware/access-sampling.ts'

const chosen = (sampling: AccessSampling, tasks: readonly (string | undefined)[]) =>
  tasks.map((task) => sampling.isNext(task))

test('one in three is the first and then each third, by task', () => {
  const sampling = new AccessSampling(3)
  expect(chosen(sampling, ['a', 'a', 'a', 'a', 'a', 'a', 'a'])).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
    true,
  ])
  // What is rare among much else is seen, and so is what alternates with it.
  expect(chosen(sampling, ['a', 'b', 'a', undefined, 'b', 'a'])).toEqual([
    false,
    true,
    false,
    true,
    false,
    true,
  ])
  expect(sampling.facts).toEqual({ oneIn: 3 })
})

test('one in one is all, and no line says so', () => {
  const sampling = new AccessSampling(1)
  expect(chosen(sampling, ['a', 'a', undefined])).toEqual([true, true, true])
  expect(sampling.facts).toEqual({})
})

test('one in none is none', () => {
  expect(chosen(new AccessSampling(0), ['a', 'a', undefined])).toEqual([false, false, false])
})
