// An agent that runs for a minute and a half and shows how far it is. What its tokens cost is not known.
import { setTimeout as pause } from 'node:timers/promises'
import { report } from './report.mjs'

const files = 1_200
for (let done = 0; done <= files; done += 40) {
  console.log(`indexed ${done} of ${files} files (${Math.round((100 * done) / files)} %)`)
  await pause(3_000)
}
report({
  summary: `${files} files indexed.`,
  usage: { inputTokens: 48_000, outputTokens: 0 },
  provider: 'example',
  model: 'embedder',
})
