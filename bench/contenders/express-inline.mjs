import express from 'express'
import { analysed } from './parts/analysed.mjs'
import hash from './parts/hash-on-thread.mjs'
import { inEachProcess } from './parts/in-each-process.mjs'
import { smallerImage } from './parts/smaller-image.mjs'

/* Express in node:cluster that does the work itself. sharp has threads of its own; all else runs on the event loop. */
inEachProcess(() => {
  const limit = '200mb'
  const app = express()
  app.get('/livez', (_request, response) => {
    response.json({ status: 'alive' })
  })
  app.post('/hash', express.raw({ type: () => true, limit }), (request, response) => {
    response.json(hash(request.body))
  })
  app.post('/image', express.raw({ type: 'image/*', limit }), (request, response, next) => {
    const send = (image) => response.type(request.query.format).send(image)
    smallerImage(request.body, request.query).then(send, next)
  })
  app.post('/analyze', express.json({ limit }), express.raw({ limit }), (request, response) => {
    response.json(analysed(request.body, request.query.analysisType))
  })
  app.listen(0, '127.0.0.1')
})
