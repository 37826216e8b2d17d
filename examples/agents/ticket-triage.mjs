// An agent that mostly succeeds: one time in four its source does not answer.
import { setTimeout as pause } from 'node:timers/promises'
import { report } from './report.mjs'

console.log('Asking for new tickets …')
await pause(1_000 + 2_000 * Math.random())
if (Math.random() < 0.25) {
  console.error('The ticket system answered 503 Service Unavailable')
  process.exit(1)
}
const tickets = 1 + Math.floor(5 * Math.random())
for (let ticket = 1; ticket <= tickets; ticket++) {
  console.log(`#${1_000 + Math.floor(9_000 * Math.random())}: ${['billing', 'bug', 'question', 'access'][ticket % 4]}`)
  await pause(400)
}
report({
  summary: `${tickets} tickets sorted.`,
  usage: { inputTokens: 900 * tickets, outputTokens: 60 * tickets },
  costUsd: 0.0009 * tickets,
  provider: 'example',
  model: 'sorter-small',
})
