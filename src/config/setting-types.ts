/** One row of the settings table. */
export interface Setting<Value> {
  readonly variable: string
  readonly type: string
  /** `cores`: as many as there are available cores, found when the settings are loaded. */
  readonly default: Value | 'cores'
  readonly unit: string | undefined
  /** What is wanted, as the end of the sentence "expected …". */
  readonly wanted: string
  readonly doc: string
  /** Never shown, only whether it is set. */
  readonly secret?: boolean
  /** The value, or undefined where the text is not what is wanted. */
  parse(text: string): Value | undefined
}

interface Common<Value> {
  readonly variable: string
  readonly default: Value
  readonly doc: string
}

interface IntegerOptions extends Common<number | 'cores'> {
  readonly min: number
  readonly max: number
  readonly unit?: string
}

export function integer(options: IntegerOptions): Setting<number> {
  const { min, max } = options
  return {
    variable: options.variable,
    type: 'integer',
    default: options.default,
    unit: options.unit,
    wanted: `an integer from ${min} to ${max}${options.unit ? ` (${options.unit})` : ''}`,
    doc: options.doc,
    parse(digits) {
      if (!/^-?\d+$/.test(digits)) return undefined
      const value = Number(digits)
      return value >= min && value <= max ? value : undefined
    },
  }
}

export function milliseconds(options: Omit<IntegerOptions, 'unit'>): Setting<number> {
  return integer({ ...options, unit: 'milliseconds' })
}

export function bytes(options: Omit<IntegerOptions, 'unit'>): Setting<number> {
  return integer({ ...options, unit: 'bytes' })
}

/** A secret that a header can carry. Shown nowhere, only whether it is set. */
export function token(options: Common<string>): Setting<string> {
  return {
    ...text(options),
    secret: true,
    wanted: 'one word of ASCII characters',
    parse: (value) => (/^[!-~]+$/.test(value) ? value : undefined),
  }
}

/** Any text without line breaks; white space around it is dropped. */
export function text(options: Common<string>): Setting<string> {
  return {
    variable: options.variable,
    type: 'text',
    default: options.default,
    unit: undefined,
    wanted: 'text on one line',
    doc: options.doc,
    parse: (value) => (/[\r\n\0]/.test(value) ? undefined : value),
  }
}

export function choice<const Choice extends string>(
  options: Common<NoInfer<Choice>> & { readonly choices: readonly Choice[] },
): Setting<Choice> {
  return {
    variable: options.variable,
    type: 'choice',
    default: options.default,
    unit: undefined,
    wanted: `one of ${options.choices.join(', ')}`,
    doc: options.doc,
    parse: (value) => options.choices.find((each) => each === value.toLowerCase()),
  }
}
