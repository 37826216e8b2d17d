import { expect, test } from 'vitest'
import { heartbeatPolicySchema } from '@/server/domain/policy'
import { type TriggerDetail, triggerDetails, type WakeupSource, wakeupSources } from '@/server/domain/wakeup-status'
import { decide, type Facts } from './decide'

type Given = Partial<Omit<Facts, 'policy'>> & { policy?: Partial<Facts['policy']> }

function facts({ policy, ...given }: Given = {}): Facts {
  return {
    agentStatus: 'idle',
    companyStatus: 'active',
    policy: heartbeatPolicySchema.parse(policy ?? {}),
    overBudget: false,
    secondsSinceLastRun: null,
    queuedRun: null,
    runningRunIds: [],
    ...given,
  }
}

function verdict(given: Given, source: WakeupSource = 'on_demand', triggerDetail: TriggerDetail = 'ping') {
  const answer = decide(facts(given), { source, triggerDetail })
  return answer.kind === 'skip' ? answer.reason : 'runId' in answer ? `${answer.kind} ${answer.runId}` : answer.kind
}

const asleep = {
  policy: { enabled: false, wakeOnAssignment: false, wakeOnAutomation: false, wakeOnOnDemand: false },
} satisfies Given

test.each<[WakeupSource, TriggerDetail, string]>([
  ['timer', 'system', 'heartbeat.disabled'],
  ['assignment', 'system', 'heartbeat.wakeOnAssignment.disabled'],
  ['automation', 'callback', 'heartbeat.wakeOnAutomation.disabled'],
  ['on_demand', 'ping', 'heartbeat.wakeOnOnDemand.disabled'],
  ['on_demand', 'callback', 'heartbeat.wakeOnOnDemand.disabled'],
  ['on_demand', 'system', 'heartbeat.wakeOnOnDemand.disabled'],
  ['on_demand', 'manual', 'queue'],
])('with everything switched off, %s by %s: %s', (source, triggerDetail, expected) => {
  expect(verdict(asleep, source, triggerDetail)).toBe(expected)
})

test('a disabled source does not affect the others', () => {
  const switches = {
    timer: 'enabled',
    assignment: 'wakeOnAssignment',
    automation: 'wakeOnAutomation',
    on_demand: 'wakeOnOnDemand',
  } as const
  for (const off of wakeupSources) {
    const queued = wakeupSources.filter((source) => verdict({ policy: { [switches[off]]: false } }, source) === 'queue')
    expect(queued).toEqual(wakeupSources.filter((source) => source !== off))
  }
})

test('the gravest reason is given: each is hidden only by those before it', () => {
  const layers: [string, Given][] = [
    ['heartbeat.cooldown', { secondsSinceLastRun: 1, policy: { cooldownSec: 60 } }],
    ['budget.exceeded', { overBudget: true }],
    ['heartbeat.wakeOnOnDemand.disabled', { policy: { cooldownSec: 60, wakeOnOnDemand: false } }],
    ['company.paused', { companyStatus: 'paused' }],
    ['agent.paused', { agentStatus: 'paused' }],
    ['company.archived', { companyStatus: 'archived' }],
    ['agent.terminated', { agentStatus: 'terminated' }],
  ]
  let given: Given = {}
  for (const [reason, more] of layers) {
    given = { ...given, ...more }
    expect(verdict(given)).toBe(reason)
  }
})

test('no source and no trigger passes a pause, a termination, or a spent budget', () => {
  const refusals: [Given, string][] = [
    [{ agentStatus: 'paused', queuedRun: { id: 'q', isFull: false } }, 'agent.paused'],
    [{ agentStatus: 'terminated' }, 'agent.terminated'],
    [{ companyStatus: 'paused', runningRunIds: ['r'] }, 'company.paused'],
    [{ companyStatus: 'archived' }, 'company.archived'],
    [{ overBudget: true, queuedRun: { id: 'q', isFull: false } }, 'budget.exceeded'],
  ]
  for (const [given, reason] of refusals) {
    for (const source of wakeupSources) {
      for (const triggerDetail of triggerDetails) expect(verdict(given, source, triggerDetail)).toBe(reason)
    }
  }
})

test.each<[string, Given, TriggerDetail, string]>([
  ['within it', { secondsSinceLastRun: 59.9 }, 'ping', 'heartbeat.cooldown'],
  ['at its end', { secondsSinceLastRun: 60 }, 'ping', 'queue'],
  ['manual', { secondsSinceLastRun: 1 }, 'manual', 'queue'],
  ['never run', { secondsSinceLastRun: null }, 'ping', 'queue'],
  ['a run is queued', { secondsSinceLastRun: 1, queuedRun: { id: 'q', isFull: false } }, 'ping', 'merge q'],
  ['a run is running', { secondsSinceLastRun: 1, runningRunIds: ['r'] }, 'ping', 'queue'],
])('a cooldown of a minute: %s', (_name, given, triggerDetail, expected) => {
  expect(verdict({ ...given, policy: { cooldownSec: 60 } }, 'on_demand', triggerDetail)).toBe(expected)
})

const coalesce = { whenRunning: 'coalesce' } as const

test.each<[string, Given, WakeupSource, string]>([
  ['no live run', {}, 'timer', 'queue'],
  ['a queued run', { queuedRun: { id: 'q', isFull: false } }, 'timer', 'merge q'],
  [
    'a queued and a running run',
    { queuedRun: { id: 'q', isFull: false }, runningRunIds: ['r'] },
    'on_demand',
    'merge q',
  ],
  ['a running run, follow_up', { runningRunIds: ['r'] }, 'assignment', 'queue'],
  ['a running run, follow_up, by timer', { runningRunIds: ['r'] }, 'timer', 'join r'],
  ['a running run, coalesce', { runningRunIds: ['r'], policy: coalesce }, 'on_demand', 'join r'],
  [
    'fewer running runs than the maximum',
    { runningRunIds: ['r'], policy: { ...coalesce, maxConcurrentRuns: 2 } },
    'timer',
    'queue',
  ],
  [
    'the maximum of running runs',
    { runningRunIds: ['new', 'old'], policy: { ...coalesce, maxConcurrentRuns: 2 } },
    'timer',
    'join new',
  ],
])('work is there already: %s', (_name, given, source, expected) => {
  expect(verdict(given, source)).toBe(expected)
})
