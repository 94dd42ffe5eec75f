import { createServer } from 'node:http'

/* The least that a server can do, beside those that are measured: what the machine leaves to any process. */
const server = createServer((_request, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end('{"status":"alive"}')
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
