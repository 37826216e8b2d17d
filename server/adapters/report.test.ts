import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkReport, emptyReport, maxReportBytes, readReport } from './report'

const folder = mkdtempSync(join(tmpdir(), 'reveille-report-'))
let files = 0

function written(text: string | Buffer): string {
  const path = join(folder, `${files++}.json`)
  writeFileSync(path, text)
  return path
}

describe('a report', () => {
  it('is used completely', async () => {
    const given = {
      summary: 'Done.',
      result: { list: [1, null, { a: 'b' }] },
      usage: { inputTokens: 10, outputTokens: 0, cachedInputTokens: 3 },
      costUsd: 0.0004,
      provider: 'example',
      model: 'm',
      sessionId: 's',
      clearSession: true,
    }
    expect(await readReport(written(JSON.stringify(given)))).toEqual({ report: given, warnings: [] })
  })

  it('may be missing, empty, or partly null', async () => {
    const nothing = { report: emptyReport, warnings: [] }
    expect(await readReport(undefined)).toEqual(nothing)
    expect(await readReport(join(folder, 'none'))).toEqual(nothing)
    expect(await readReport(written(' \n'))).toEqual(nothing)
    expect(await readReport(written('\ufeff{"costUsd":null,"usage":null,"sessionId":""}'))).toEqual(nothing)
  })

  it.each([
    ['a cut text', '{"summary": "x', /not JSON/],
    ['a list', '[]', /not a JSON object/],
    ['more than 1 MiB', JSON.stringify('x'.repeat(maxReportBytes)), /larger than 1 MiB/],
  ])('is ignored with one warning when it is %s', async (_what, text, words) => {
    expect(await readReport(written(text))).toEqual({ report: emptyReport, warnings: [expect.stringMatching(words)] })
  })

  it('is not waited for when it is a named pipe or a folder', async () => {
    const pipe = join(folder, `pipe-${files++}`)
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, folder])
      expect((await readReport(path)).warnings).toEqual([expect.stringMatching(/not a file/)])
  })
})

describe('a value of a report', () => {
  it.each([
    ['costUsd', { costUsd: -1 }],
    ['costUsd', { costUsd: 1e12 }],
    ['costUsd', { costUsd: '1' }],
    ['usage.inputTokens', { usage: { inputTokens: -1 } }],
    ['usage.outputTokens', { usage: { outputTokens: 1.5 } }],
    ['usage.cachedInputTokens', { usage: { cachedInputTokens: 1e18 } }],
    ['usage', { usage: [1] }],
    ['model', { model: 7 }],
    ['sessionId', { sessionId: 'x'.repeat(501) }],
    ['clearSession', { clearSession: 'yes' }],
  ])('%s that cannot be used is left out with one warning: %j', (field, given) => {
    const { report, warnings } = checkReport({ ...given, summary: 'kept' })
    expect(report).toEqual({ ...emptyReport, summary: 'kept' })
    expect(warnings).toEqual([expect.stringContaining(`The reported ${field} was ignored`)])
  })

  it('keeps the valid counts next to an invalid one', () => {
    const { report, warnings } = checkReport({ usage: { inputTokens: -5, outputTokens: 7 } })
    expect(report.usage).toEqual({ inputTokens: 0, outputTokens: 7, cachedInputTokens: 0 })
    expect(warnings).toHaveLength(1)
  })

  it('becomes storable: NUL and half surrogate pairs, in texts and keys', async () => {
    const text = String.raw`{"summary":"a\u0000b\ud83d","result":{"k\u0000":["\udc00","🚀"],"__proto__":{"x":1}}}`
    const { report } = await readReport(written(text))
    expect(report.summary).toBe('a\ufffdb\ufffd')
    expect(JSON.stringify(report.result)).toBe('{"k\ufffd":["\ufffd","🚀"],"__proto__":{"x":1}}')
  })

  it('is not followed to any depth', async () => {
    const deep = `{"summary":"kept","result":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    const { report, warnings } = await readReport(written(deep))
    expect(report).toEqual({ ...emptyReport, summary: 'kept' })
    expect(warnings).toEqual([expect.stringMatching(/nested more than 64 levels deep/)])
  })
})
