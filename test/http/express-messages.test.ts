import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { expressMessages } from '../../src/http/express-messages.ts'

test("messages are born with the application's prototypes, and Express leaves them as they are", async () => {
  const app = express()
  const messages = expressMessages(app)
  const before: object[] = []
  const after: object[] = []
  app.get('/', (request, response) => {
    after.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response))
    response.json({ query: request.query, same: request.app === app && response.app === app })
  })
  const server = createServer(messages, (request, response) => {
    before.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response))
    app(request, response)
  })
  expect(await answerOf(server, '/?name=value')).toEqual({ query: { name: 'value' }, same: true })
  expect(before).toEqual([app.request, app.response])
  expect(after).toEqual(before)
})

test('an application whose messages are of the usual kind serves them too', async () => {
  const app = express()
  expressMessages(app)
  app.get('/', (request, response) => {
    response.json([request instanceof IncomingMessage, response instanceof ServerResponse])
  })
  expect(await answerOf(createServer(app), '/')).toEqual([true, true])
})

async function answerOf(server: Server, path: string): Promise<unknown> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  return answer.json()
}
