import type { IRouter } from 'express'
import { allowOnly } from '../middleware/errors.ts'

/**
 * `/livez`: this process turns its event loop. `/readyz`: send it work. A process that is not ready
 * is still alive: to end it for that would only make the others' load heavier.
 */
export function addHealthRoutes(
  router: IRouter,
  state: { isReady(): boolean; draining: { announced: boolean } },
): void {
  router
    .route('/livez')
    .get((_request, response) => {
      response.set('Cache-Control', 'no-store').json({ status: 'alive' })
    })
    .all(allowOnly('GET', 'HEAD'))
  router
    .route('/readyz')
    .get((_request, response) => {
      const ready = state.isReady()
      const reason = state.draining.announced ? 'draining' : 'no thread is up'
      response.set('Cache-Control', 'no-store').status(ready ? 200 : 503)
      response.json(ready ? { status: 'ready' } : { status: 'not ready', reason })
    })
    .all(allowOnly('GET', 'HEAD'))
}
