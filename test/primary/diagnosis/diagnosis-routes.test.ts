import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { onTestFinished, test } from 'vitest'
import { sendDiagnosis } from '../../../src/primary/diagnosis/diagnosis-routes.ts'
import { until } from '../../support/until.ts'

test('a caller that does not read on ends what it asked for', async () => {
  const piece = Buffer.alloc(64 * 1024)
  const endless = new Readable({
    read() {
      this.push(piece)
    },
  })
  const server = createServer((request, response) => {
    sendDiagnosis('report', { file: async () => endless }, request, response, 100).catch(() => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const [answer] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage]
  answer.on('error', () => {})
  await until('the file to be let go of', () => endless.destroyed)
  answer.destroy()
})
