import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase } from 'vitest/node'

/** A vitest reporter that writes to `outputFile`, as JSON, the names of the tests that passed only at a second try. */
export default class SecondTries implements Reporter {
  readonly names: string[] = []
  readonly outputFile: string

  constructor(options: { outputFile: string }) {
    this.outputFile = options.outputFile
  }

  onTestCaseResult(test: TestCase): void {
    if (!test.diagnostic()?.flaky) return
    this.names.push(`${test.module.relativeModuleId}: ${test.fullName}`)
  }

  onTestRunEnd(): void {
    writeFileSync(this.outputFile, JSON.stringify(this.names))
  }
}
