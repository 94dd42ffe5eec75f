/** One kind of request, and how to tell its answer from another's. */
export interface Route {
  readonly name: string
  /**
   * The request with a number that no other request of the load has.
   */
  ask(number: number): Ask
}

export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Sent as JSON. */
  readonly body?: object
  /** Whether this is the answer to this very request. */
  isAnswer(answer: Record<string, unknown>): boolean
}

/** The three paths that a load asks for. */
export interface RoutePaths {
  readonly light: string
  readonly echo: string
  readonly busy: string
}

const BUSY_MS = 20
const OFFLOOP: RoutePaths = { light: '/livez', echo: '/api/tasks/echo', busy: '/api/tasks/busy' }

/** Offloop's own routes, with the tasks of `test/fixtures/tasks`. */
export function offloopRoutes(): Route[] {
  return mixedRoutes(OFFLOOP, ({ status }) => status === 'alive')
}

/**
 * Twenty requests in a fixed order: mostly light ones and echoes, and one that computes for 20 ms, so
 * that at nearly any moment something is in flight.
 *
 * @param isLight whether an answer is the one of the light path
 */
export function mixedRoutes(paths: RoutePaths, isLight: Ask['isAnswer']): Route[] {
  const light: Route = {
    name: `GET ${paths.light}`,
    ask: () => ({ method: 'GET', path: paths.light, isAnswer: isLight }),
  }
  const echo: Route = {
    name: `POST ${paths.echo}`,
    ask: (number) => {
      const message = `request ${number}`
      return {
        method: 'POST',
        path: paths.echo,
        body: { message },
        isAnswer: (answer) => answer.message === message,
      }
    },
  }
  const busy: Route = {
    name: `POST ${paths.busy}`,
    ask: () => ({
      method: 'POST',
      path: paths.busy,
      body: { ms: BUSY_MS },
      isAnswer: ({ pid }) => typeof pid === 'number',
    }),
  }
  return Array.from({ length: 20 }, (_, index) => (index === 10 ? busy : index % 2 === 0 ? light : echo))
}
