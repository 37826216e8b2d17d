import { join } from 'node:path'
import type { Page, TestInfo } from '@playwright/test'
import { closeHttpAgents, startHttpAgent } from '@/server/adapters/testing/http-agent'
import type { TestServer } from '@/tests/server'
import { checkout, expect, logText, takePicture, test } from './fixtures'

const replaying = join(checkout, 'server/adapters/testing/fixtures/replaying.mjs')
const recording = (adapter: string, what: string) =>
  join(checkout, `server/adapters/${adapter}/fixtures/recorded/${what}.jsonl`)

test.afterAll(() => closeHttpAgents())

type FormInput = {
  adapter: string
  fields?: Record<string, string>
  choices?: Record<string, string>
  env?: string[][]
}

/** Creates an agent with the form, runs its check, wakes it, and opens the page of its run. */
async function runNewAgent(page: Page, companyId: string, { adapter, fields = {}, choices = {}, env = [] }: FormInput) {
  await page.goto(`/${companyId}/agents/new`)
  await page.getByLabel('Name').fill(`${adapter} agent`)
  await page.getByLabel('Adapter').selectOption({ label: adapter })
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
  for (const [label, value] of Object.entries(choices)) await page.getByLabel(label).selectOption(value)
  for (const [at, [key = '', value = '']] of env.entries()) {
    await page.getByRole('button', { name: 'Add to environment' }).click()
    await page.getByLabel(`Key ${at + 1}`, { exact: true }).fill(key)
    await page.getByLabel(`Value ${at + 1}`, { exact: true }).fill(value)
  }
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await expect(page.getByText('✓').first()).toBeVisible()
  await page.getByRole('button', { name: 'Create agent' }).click()
  await page.getByRole('button', { name: 'Wake' }).click()
  await page.getByRole('button', { name: 'Open run' }).click()
}

async function companyOf({ client }: TestServer) {
  return (await client.company.create.mutate({ name: 'Acme' })).id
}

function about(page: Page) {
  return page.getByRole('complementary', { name: 'About the run' })
}

function fact(page: Page, label: string) {
  return about(page)
    .locator('dl > div', { has: page.getByText(label, { exact: true }) })
    .getByRole('definition')
}

async function takeScreenshot(page: Page, info: TestInfo, name: string) {
  await page.screenshot({ path: info.outputPath(`${name}.png`) })
}

test('a program: its log, and the cost that it reports', async ({ page, server }, info) => {
  const report = { usage: { inputTokens: 1200, outputTokens: 40 }, costUsd: 0.0123, model: 'house-model' }
  const script = `echo working; echo '${JSON.stringify(report)}' > "$REVEILLE_RESULT_FILE"; echo done`
  await runNewAgent(page, await companyOf(server), {
    adapter: 'Process',
    fields: { Command: '/bin/sh', Arguments: JSON.stringify(['-c', script]) },
  })
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect.poll(() => logText(page)).toBe('working\ndone\n')
  await expect(fact(page, 'Cost')).toHaveText('$0.012')
  await expect(about(page)).toContainText('1,200 in · 40 out')
  await takeScreenshot(page, info, 'process')
  await takePicture(page, 'run-process', 700)
})

test('an HTTP agent that answers at once: its answer is the log, and its tokens have list prices', async ({
  page,
  server,
}, info) => {
  const usage = { inputTokens: 10_000, outputTokens: 1000 }
  const agent = await startHttpAgent((_request, response) =>
    response.end(JSON.stringify({ summary: 'Answered.', usage, provider: 'anthropic', model: 'claude-haiku-4-5' })),
  )
  await runNewAgent(page, await companyOf(server), { adapter: 'HTTP', fields: { URL: agent.url } })
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect.poll(() => logText(page)).toContain('"summary":"Answered."')
  await expect(fact(page, 'Cost')).toHaveText('~$0.015 estimated')
  await expect(about(page)).toContainText('claude-haiku-4-5')
  await takeScreenshot(page, info, 'http-sync')
  await takePicture(page, 'run-http', 700)
})

test('an HTTP agent that posts its result later: the run continues until then', async ({ page, server }, info) => {
  let finish = async () => {}
  const agent = await startHttpAgent((_request, response) => {
    const { callbackUrl, token } = JSON.parse(agent.asked.at(-1)?.body ?? '{}')
    response.writeHead(202).end('accepted\n')
    finish = async () => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      await fetch(callbackUrl, { method: 'POST', headers, body: JSON.stringify({ summary: 'Later.', costUsd: 1.5 }) })
    }
  })
  await runNewAgent(page, await companyOf(server), {
    adapter: 'HTTP',
    fields: { URL: agent.url },
    choices: { Mode: 'callback' },
  })
  await expect.poll(() => logText(page)).toBe('accepted\n')
  await expect(page.getByLabel('Run status')).toHaveText(/running/i)
  await finish()
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect(fact(page, 'Cost')).toHaveText('$1.50')
  await takeScreenshot(page, info, 'http-callback')
})

for (const { adapter, folder, picture, tool, cost } of [
  { adapter: 'Claude Code', folder: 'claude-local', picture: 'run-claude', tool: 'Bash', cost: /^\$0\.\d+$/ },
  { adapter: 'Codex', folder: 'codex-local', picture: 'run-codex', tool: 'command', cost: /^unpriced$/ },
]) {
  test(`${adapter}: its transcript with the tool call, its output, and its cost`, async ({ page, server }, info) => {
    await runNewAgent(page, await companyOf(server), {
      adapter,
      fields: { Command: replaying, Prompt: 'Write a file.' },
      env: [['REPLAY', recording(folder, 'tool')]],
    })
    await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
    const transcript = page.getByRole('log', { name: 'Transcript' })
    await expect(transcript).toContainText('Done.')
    const call = transcript.getByRole('region', { name: `Tool ${tool}` })
    await expect(call).toContainText('echo written by the agent > made.txt; cat made.txt')
    await expect(call).toContainText('written by the agent')
    await expect(transcript).toContainText(' in · 2,000 cached · 40 out')
    await expect(fact(page, 'Cost')).toHaveText(cost)
    await takeScreenshot(page, info, `${folder}-transcript`)
    await takePicture(page, picture, 700)
    await page.getByRole('tab', { name: 'Log' }).click()
    await expect(page.getByRole('log', { name: 'Log' })).toContainText('"type":')
    await takeScreenshot(page, info, `${folder}-log`)

    await page.getByRole('tab', { name: 'Side by side' }).click()
    await transcript.getByText('Done.').last().click()
    const selected = page.locator('[data-line].bg-selected')
    await expect(selected).toContainText('Done.')
    await expect(page).toHaveURL(new RegExp(`#L${await selected.getAttribute('data-line')}$`))
  })

  test(`${adapter} that fails: the run shows its error message`, async ({ page, server }, info) => {
    await runNewAgent(page, await companyOf(server), {
      adapter,
      fields: { Command: replaying, Prompt: 'Fail.' },
      env: [['REPLAY', recording(folder, 'failing-api')]],
    })
    await expect(page.getByLabel('Run status')).toHaveText(/failed/i)
    await expect(about(page)).toContainText('The stand-in was told to fail.')
    await takeScreenshot(page, info, `${folder}-failed`)
  })
}
