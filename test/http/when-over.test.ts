import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { whenOver } from '../../src/http/when-over.ts'

/** Serves one request, and says when its response has closed. */
async function respond(handle: (response: ServerResponse) => void) {
  const closed = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => {
    handle(response)
    response.once('close', () => closed.resolve(response))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = fetch(`http://127.0.0.1:${port}`).then(
    ({ status }) => status,
    () => 'cut off',
  )
  return { response: await closed.promise, answer: await answer }
}

test('all who want to know are told once, in the order in which they came', async () => {
  const told: number[] = []
  const { response, answer } = await respond((mine) => {
    for (const each of [1, 2, 3]) whenOver(mine, () => told.push(each))
    expect(mine.listenerCount('close')).toBe(1)
    mine.end()
  })
  expect(answer).toBe(200)
  expect(told).toEqual([1, 2, 3])
  response.emit('close')
  expect(told).toEqual([1, 2, 3])
})

test('they are told of a response that is cut off as well', async () => {
  let told = 0
  const { answer } = await respond((response) => {
    whenOver(response, () => {
      told += 1
    })
    response.destroy()
  })
  expect([answer, told]).toEqual(['cut off', 1])
})
