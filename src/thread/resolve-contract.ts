import { registerHooks } from 'node:module'
import { extname } from 'node:path'

/** This module runs as `.ts` from source and as `.js` when built; so does the contract. */
const contractUrl = new URL(`../index${extname(import.meta.url)}`, import.meta.url).href

/**
 * Lets task files import `offloop` and `zod` from a folder that has no `node_modules`: where the
 * normal resolution finds nothing, ours is used. An installed copy always wins.
 */
export function resolveContractForUserTasks(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context)
      } catch (error) {
        if (specifier === 'offloop') return { url: contractUrl, shortCircuit: true }
        if (specifier === 'zod') return nextResolve(specifier, { ...context, parentURL: import.meta.url })
        throw error
      }
    },
  })
}
