import { expect, test } from 'vitest'
import { callsOf } from '../../../bench/details/flame-graph/cpu-profile.ts'

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber })

test('samples are added up along the calls, the largest first, and idle time is none', () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 4] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('(garbage collector)') },
      { id: 4, callFrame: frame('run', 'file:///p/dist/src/a.js', 9), children: [5, 6] },
      { id: 5, callFrame: frame('', 'file:///p/node_modules/b/b.js') },
      { id: 6, callFrame: frame('emit', 'node:events') },
    ],
    samples: [2, 3, 4, 5, 6, 6],
    timeDeltas: [1000, 5, 10, 20, 30, 10],
  }
  expect(callsOf(profile, 'file:///p/')).toEqual({
    name: '(root)',
    origin: 'V8',
    value: 75,
    calls: [
      {
        name: 'run (src/a.js:10)',
        origin: 'Offloop',
        value: 70,
        calls: [
          { name: 'emit (node:events:1)', origin: 'Node.js', value: 40, calls: [] },
          { name: 'anonymous (node_modules/b/b.js:1)', origin: 'libraries', value: 20, calls: [] },
        ],
      },
      { name: '(garbage collector)', origin: 'V8', value: 5, calls: [] },
    ],
  })
})
