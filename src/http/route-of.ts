import type { Request } from 'express'

/**
 * The pattern of a request's path, which Express knows once it has found it; undefined where it has found none.
 * Clients can make up as many paths as they like, and no more patterns than there are.
 */
export function routeOf(request: Request): string | undefined {
  const route: unknown = request.route?.path
  return typeof route === 'string' ? route : undefined
}
