'use client'

import dynamic from 'next/dynamic'
import { CheckField } from '@/app/_components/ui/field'
import { SelectField } from '@/app/_components/ui/select-field'
import { TextField } from '@/app/_components/ui/text-field'
import type { HeartbeatDraft } from './heartbeat-draft'

const TimerPreview = dynamic(() =>
  import('@/app/[companyId]/agents/timer-preview').then((module) => module.TimerPreview),
)

type HeartbeatSectionProps = {
  draft: HeartbeatDraft
  onChange: (draft: HeartbeatDraft) => void
  errorAt: (path: string) => string | null
}

type TextName = 'intervalSec' | 'cron' | 'timezone' | 'cooldownSec' | 'maxConcurrentRuns' | 'retryOnRunnerLost'
type FlagName = 'enabled' | 'wakeOnAssignment' | 'wakeOnOnDemand' | 'wakeOnAutomation'

const texts: { name: TextName; label: string; hint: string; placeholder?: string; whole?: boolean; more?: boolean }[] =
  [
    {
      name: 'intervalSec',
      label: 'Interval (seconds)',
      hint: 'Wakes the agent by timer. Empty: no timer.',
      whole: true,
    },
    { name: 'cron', label: 'Cron expression', hint: 'Instead of an interval.', placeholder: '*/15 9-17 * * 1-5' },
    {
      name: 'timezone',
      label: 'Time zone',
      hint: 'The time zone of the cron expression.',
      placeholder: 'UTC',
      more: true,
    },
    {
      name: 'cooldownSec',
      label: 'Cooldown (seconds)',
      hint: 'For this long after a run, only manual wakeups are accepted.',
      placeholder: '0',
      whole: true,
      more: true,
    },
    {
      name: 'maxConcurrentRuns',
      label: 'Runs at once',
      hint: 'How many of its runs may be active at the same time.',
      placeholder: '1',
      whole: true,
      more: true,
    },
    {
      name: 'retryOnRunnerLost',
      label: 'Retries after a lost runner',
      hint: 'How many times a run is queued again after its server was lost.',
      placeholder: '1',
      whole: true,
      more: true,
    },
  ]

const whenRunningLabels = [
  ['follow_up', 'Queue one follow-up run'],
  ['coalesce', 'Join the run'],
] as const

const flags: { name: FlagName; label: string }[] = [
  { name: 'enabled', label: 'Wakes by timer' },
  { name: 'wakeOnAssignment', label: 'Wakes on assignments' },
  { name: 'wakeOnOnDemand', label: 'Wakes on API calls and other runs' },
  { name: 'wakeOnAutomation', label: 'Wakes on automations' },
]

export function HeartbeatSection({ draft, onChange, errorAt }: HeartbeatSectionProps) {
  const error = (name: TextName) => errorAt(`runtimeConfig.heartbeat.${name}`)
  const fields = (more: boolean) =>
    texts
      .filter((text) => Boolean(text.more) === more)
      .map(({ name, label, hint, placeholder, whole }) => (
        <TextField
          key={name}
          label={label}
          hint={hint}
          error={error(name)}
          inputMode={whole ? 'numeric' : undefined}
          placeholder={placeholder}
          autoComplete="off"
          value={draft[name]}
          onText={(text) => onChange({ ...draft, [name]: text })}
        />
      ))
  const openMore = texts.some((text) => text.more && error(text.name) !== null)
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">{fields(false)}</div>
      <TimerPreview timer={timerOf(draft)} next={null} />
      <details open={openMore || undefined} className="group">
        <summary className="w-fit rounded text-accent hover:underline">More wakeup settings</summary>
        <div className="grid gap-4 pt-4 sm:grid-cols-2">
          {fields(true)}
          <SelectField
            label="When a run is under way"
            hint="What happens to another wakeup. A timer always joins the run."
            value={draft.whenRunning}
            options={whenRunningLabels}
            onChange={(whenRunning) => onChange({ ...draft, whenRunning })}
          />
          <div className="grid content-start gap-2 sm:col-span-2">
            {flags.map(({ name, label }) => (
              <CheckField
                key={name}
                label={label}
                checked={draft[name]}
                onChange={(checked) => onChange({ ...draft, [name]: checked })}
              />
            ))}
          </div>
        </div>
      </details>
    </>
  )
}

/** The timer as the draft stands. */
function timerOf({ enabled, intervalSec, cron, timezone }: HeartbeatDraft) {
  return {
    enabled,
    intervalSec: Number(intervalSec) || 0,
    ...(cron.trim() && { cron: cron.trim() }),
    ...(timezone.trim() && { timezone: timezone.trim() }),
  }
}
