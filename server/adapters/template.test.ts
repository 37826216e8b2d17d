import { expect, it } from 'vitest'
import { render, renderAll } from './template'

const scope = {
  agent: { name: 'Ada' },
  company: { name: 'Acme' },
  run: { reason: null, source: 'timer' },
  context: { text: '{{agent.name}}', ticket: { id: 7, tags: ['a', 'b'] }, list: ['x'], 'a-b': true, empty: '' },
}

it.each([
  ['Hi {{agent.name}} of {{ company.name }}!', 'Hi Ada of Acme!'],
  ['{{context.ticket.id}} {{context.ticket.tags}} {{context.ticket.tags.1}} {{context.a-b}}', '7 ["a","b"] b true'],
  ['[{{run.reason}}{{context.missing.deep}}{{context.empty}}{{context.ticket.id.more}}]', '[]'],
  ['{{context.text}}', '{{agent.name}}'],
  [
    '{{other.name}} {{agent}} {{agent..name}} {agent.name}',
    '{{other.name}} {"name":"Ada"} {{agent..name}} {agent.name}',
  ],
  ['{{context.constructor}}{{agent.__proto__}}{{context.list.length}}{{context.text.length}}', '1'],
])('%s', (template, text) => {
  expect(render(template, scope)).toBe(text)
})

it('renders every text of a JSON value, and nothing else', () => {
  const value = { '{{agent.name}}': ['{{agent.name}}', 1, null, { deep: '{{run.source}}' }] }
  expect(renderAll(value, scope)).toEqual({ '{{agent.name}}': ['Ada', 1, null, { deep: 'timer' }] })
})
