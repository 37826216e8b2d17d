// An agent that works for a while, tells what it does, and reports what that cost.
import { setTimeout as pause } from 'node:timers/promises'
import { report } from './report.mjs'

const steps = [
  'Reading the commits since the last tag …',
  'Found 14 commits by 3 people',
  'Grouping them: 6 features, 5 fixes, 3 chores',
  'Writing a paragraph for each group …',
  'Checking the links',
  'The notes are ready: 38 lines',
]
for (const [at, step] of steps.entries()) {
  console.log(`[${at + 1}/${steps.length}] ${step}`)
  await pause(1_500 + 1_500 * Math.random())
}
report({
  summary: 'Notes for 14 commits: 6 features, 5 fixes, 3 chores.',
  usage: { inputTokens: 9_000 + Math.round(3_000 * Math.random()), outputTokens: 1_200, cachedInputTokens: 4_000 },
  costUsd: 0.021 + 0.01 * Math.random(),
  provider: 'example',
  model: 'writer-large',
})
