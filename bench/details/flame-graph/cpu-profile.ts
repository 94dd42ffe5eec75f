import type { FlameNode } from '../../harness/flame-graph.ts'

/** What is needed of V8's `.cpuprofile` (Chrome DevTools Protocol, `Profiler.Profile`). */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Ids of nodes, one for each sample. */
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** V8's names for what is no call. While it is idle nothing takes time. */
const IDLE = '(idle)'

/** @param folder of the project, as it begins the addresses of its files; names are shown without it, and without `dist/` */
export function callsOf({ nodes, samples, timeDeltas }: CpuProfile, folder: string): FlameNode {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const own = new Map<number, number>()
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0))
  const callOf = (node: ProfileNode): FlameNode => {
    const calls = (node.children ?? [])
      .flatMap((id) => byId.get(id) ?? [])
      .filter(({ callFrame }) => callFrame.functionName !== IDLE)
      .map(callOf)
    const value = calls.reduce((sum, call) => sum + call.value, own.get(node.id) ?? 0)
    return { ...placeOf(node, folder), value, calls: calls.toSorted((a, b) => b.value - a.value) }
  }
  const [root] = nodes
  if (root === undefined) throw new Error('The profile has no nodes')
  return callOf(root)
}

function placeOf({ callFrame }: ProfileNode, folder: string): Pick<FlameNode, 'name' | 'origin'> {
  const { functionName, url, lineNumber } = callFrame
  if (url === '') return { name: functionName, origin: 'V8' }
  const name = functionName || 'anonymous'
  const file = url.startsWith(folder) ? url.slice(folder.length).replace(/^dist\//, '') : url
  return { name: `${name} (${file}:${lineNumber + 1})`, origin: originOf(url) }
}

function originOf(url: string): string {
  if (url.startsWith('node:')) return 'Node.js'
  return url.includes('/node_modules/') ? 'libraries' : 'Offloop'
}
