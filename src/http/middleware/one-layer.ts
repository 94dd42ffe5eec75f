import type { NextFunction, RequestHandler } from 'express'

/**
 * Several middlewares as one, for what every request passes: Express takes longer to get from one layer to the next
 * than most of them take.
 */
export function oneLayer(...handlers: readonly RequestHandler[]): RequestHandler {
  const [first, ...others] = handlers
  if (first === undefined) return (_request, _response, next) => next()
  const rest = oneLayer(...others)
  return function passThrough(request, response, next: NextFunction) {
    return first(request, response, (error?: unknown) => {
      if (error) next(error)
      else void rest(request, response, next)
    })
  }
}
