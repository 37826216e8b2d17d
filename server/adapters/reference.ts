import { describeAdapters } from './registry'

type Property = {
  title?: string
  description?: string
  type?: string
  enum?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
}

/** Every adapter's config as Markdown, generated from the schemas that validate it. */
export function adapterReference(): string {
  const sections = describeAdapters().map(({ type, label, description, configSchema }) => {
    const { properties = {}, required = [] } = configSchema as {
      properties?: Record<string, Property>
      required?: string[]
    }
    const rows = Object.entries(properties).map(([name, property]) => row(name, property, required.includes(name)))
    return [`## ${label} (\`${type}\`)`, '', description, '', ...heading, ...rows].join('\n')
  })
  return `${[introduction, ...sections].join('\n\n')}\n`
}

const introduction = `# The configuration of each adapter

Generated from the schemas in \`server/adapters/*/config.ts\` by \`npx vitest run server/adapters/reference -u\`.`

const heading = ['| field | kind | default | meaning |', '|---|---|---|---|']

function row(name: string, property: Property, isRequired: boolean): string {
  const fallback = isRequired ? 'required' : code(property.default)
  const meaning = [property.title, property.description].filter(Boolean).join(': ')
  return `| ${[`\`${name}\``, kindOf(property), fallback, meaning].map(cell).join(' | ')} |`
}

function kindOf({ type = 'JSON', enum: choices, minimum, maximum }: Property): string {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(', ')
  return minimum === undefined || maximum === undefined ? type : `${type}, ${minimum} to ${maximum}`
}

function code(value: unknown): string {
  if (value === undefined) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\n+/g, ' ')
}
