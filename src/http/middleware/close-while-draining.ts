import type { RequestHandler } from 'express'

/** Tells keep-alive clients of a draining process to come back on another connection. */
export function closeWhileDraining(isDraining: () => boolean): RequestHandler {
  return function setConnectionClose(_request, response, next) {
    if (isDraining()) response.setHeader('Connection', 'close')
    next()
  }
}
