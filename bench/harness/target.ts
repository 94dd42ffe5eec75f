/** What the project wants to reach. */
export interface Target {
  /** As the issue has it, such as `goodput at 5 × is at least 90 % of its peak`. */
  readonly wanted: string
  readonly met: boolean
  /** What was measured, with its unit. */
  readonly found: string
}

/** A list item in Markdown that says whether a target is met. */
export function targetLine({ wanted, met, found }: Target): string {
  return `- Target: ${wanted}. **${met ? 'Met' : 'Missed'}**: ${found}.`
}
