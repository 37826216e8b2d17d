'use client'

import { useState } from 'react'
import { Dialog } from '@/app/_components/ui/dialog'
import { CheckField } from '@/app/_components/ui/field'
import { areKeysEnabled, setKeysEnabled } from '@/app/_keys/keys-enabled'
import { useActiveBindings } from '@/app/_keys/use-keys'

/** The keyboard shortcuts of the page below the dialog. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const bindings = useActiveBindings()
  const [isOn, setOn] = useState(areKeysEnabled)
  const groups = [...new Set(bindings.map((binding) => binding.group))].sort((a, b) => order(a) - order(b))
  return (
    <Dialog open onOpenChange={onClose} title="Keyboard shortcuts" description="Shortcuts that work on this page.">
      <div className="grid max-h-[55dvh] gap-4 overflow-y-auto">
        {groups.map((group) => (
          <section key={group} className="grid gap-1">
            <h3 className="font-semibold">{group}</h3>
            <dl className="grid gap-1">
              {bindings
                .filter((binding) => binding.group === group)
                .map(({ keys, description }) => (
                  <div key={`${keys} ${description}`} className="flex items-center justify-between gap-3">
                    <dt className="min-w-0 text-muted">{description}</dt>
                    <dd className="flex shrink-0 gap-1">
                      {keys.split(' ').map((key) => (
                        <kbd
                          key={key}
                          className="min-w-6 rounded border border-line-strong bg-sunken px-1.5 text-center font-mono text-small"
                        >
                          {key}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <CheckField
        label="Use single-key shortcuts"
        hint="⌘K always works."
        checked={isOn}
        onChange={(on) => {
          setKeysEnabled(on)
          setOn(on)
        }}
      />
    </Dialog>
  )
}

const groupOrder = ['Anywhere', 'Go to', 'Lists', 'Run']

function order(group: string): number {
  const at = groupOrder.indexOf(group)
  return at < 0 ? groupOrder.length : at
}
