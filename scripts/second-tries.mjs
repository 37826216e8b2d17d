import { writeFileSync } from 'node:fs'

/** A vitest reporter that writes the names of the tests that passed, but not at the first try, to `outputFile` as JSON. */
export default class SecondTries {
  /** @type {string[]} */
  names = []

  constructor(/** @type {{ outputFile: string }} */ options) {
    this.outputFile = options.outputFile
  }

  onTestCaseResult(/** @type {import('vitest/node').TestCase} */ test) {
    if (!test.diagnostic()?.flaky) return
    this.names.push(`${test.module.relativeModuleId}: ${test.fullName}`)
  }

  onTestRunEnd() {
    writeFileSync(this.outputFile, JSON.stringify(this.names))
  }
}
