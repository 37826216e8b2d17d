import { quantile } from '@/bench/figures'
import { makeChaos } from './chaos'

/** `npm run chaos -- --minutes N [--seed N]`: ends non-zero when something did not hold. */
function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? otherwise : Number(process.argv[at + 1])
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} takes a number above 0.`)
  return value
}

const seconds = option('minutes', 1) * 60
const seed = option('seed', 1 + Math.floor(Math.random() * 1_000_000))
console.log(`chaos  ${seconds} s, seed ${seed}`)
const report = await makeChaos({ seconds, seed, say: (line) => console.log(`chaos  ${line}`) })
const times = report.recoveriesMs.map((ms) => ms / 1000)
console.log('chaos  blows', report.blows)
console.log('chaos  runs', report.runs)
console.log(
  `chaos  ${times.length} recoveries after a runner's death: p50 ${quantile(times, 0.5).toFixed(2)} s, longest ${Math.max(0, ...times).toFixed(2)} s`,
)
for (const violation of report.violations) console.log(`chaos  VIOLATED ${violation}`)
console.log(report.violations.length === 0 ? 'chaos  everything held' : `chaos  ${report.violations.length} violations`)
process.exitCode = report.violations.length === 0 ? 0 : 1
