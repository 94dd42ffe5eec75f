import { expect, test } from 'vitest'
import { escapeNames } from '../../../src/observability/diagnosis/escape-names.ts'

/** As V8 writes it: names as they are. */
const node = (id: number, name: string, url: string, more = '') =>
  `{"id":${id},"hitCount":2,"callFrame":{"functionName":"${name}","lineNumber":-1,"columnNumber":-1,"scriptId":7,"url":"${url}"}${more}}`
const profile = (...nodes: string[]) =>
  `{"nodes":[${nodes.join(',')}],"startTime":1,"endTime":2,"samples":[1],"timeDeltas":[1]}`

test.each([
  ['nothing', ''],
  ['a quote', 'RegExp: "[^"]*"'],
  ['what would end a string', 'RegExp: ","url":"'],
  ['braces', 'RegExp: "}},{"id":1'],
  ['backslashes', String.raw`RegExp: \b\d+\\`],
  ['characters that JSON does not have between quotes', 'RegExp: a\tb\nc\u0000'],
  ['letters of all kinds', 'größe 名 😀'],
])('a name with %s is what it was', (_what, name) => {
  const url = 'file:///srv/a "b"\\c.js'
  const text = profile(node(1, '(root)', '', ',"children":[2]'), node(2, name, url))
  const { nodes } = JSON.parse(escapeNames(text)) as { nodes: { callFrame: object }[] }
  expect(nodes.map(({ callFrame }) => callFrame)).toEqual([
    expect.objectContaining({ functionName: '(root)', url: '' }),
    { functionName: name, lineNumber: -1, columnNumber: -1, scriptId: 7, url },
  ])
})

test('a profile without such names stays as it is', () => {
  const text = profile(node(1, '(root)', '', ',"children":[2]'), node(2, 'run', 'node:vm'))
  expect(escapeNames(text)).toBe(text)
})
