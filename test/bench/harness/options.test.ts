import { expect, test } from 'vitest'
import { parseBenchOptions } from '../../../bench/harness/options.ts'

test('names and options stand in any order, and three rounds of eight seconds where nothing is said', () => {
  expect(parseBenchOptions([])).toEqual({ effort: { rounds: 3, seconds: 8 }, check: false, names: [] })
  expect(parseBenchOptions(['images', '--rounds', '5', 'data', '--seconds=0.5', '--check'])).toEqual({
    effort: { rounds: 5, seconds: 0.5 },
    check: true,
    names: ['images', 'data'],
  })
})

test.each([
  [['--rounds', 'x'], 'Cannot use --rounds: expected a whole number from 1, got "x"'],
  [['--rounds', '0'], 'Cannot use --rounds: expected a whole number from 1, got "0"'],
  [['--rounds', '1.5'], 'Cannot use --rounds: expected a whole number from 1, got "1.5"'],
  [['--seconds='], 'Cannot use --seconds: expected a number above 0, got ""'],
  [['--seconds', 'Infinity'], 'Cannot use --seconds: expected a number above 0, got "Infinity"'],
  [['--turns', '3'], "Unknown option '--turns'"],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => parseBenchOptions(args)).toThrow(sentence)
})
