'use client'

import type { Selection } from './use-selection'

const boxClass = 'block size-4 cursor-pointer'

type SelectOneProps = { label: string; isSelected: boolean; onToggle: () => void }

export function SelectOne({ label, isSelected, onToggle }: SelectOneProps) {
  return <input type="checkbox" aria-label={label} checked={isSelected} onChange={onToggle} className={boxClass} />
}

export function SelectAll({ label, ids, selection }: { label: string; ids: readonly string[]; selection: Selection }) {
  const count = ids.filter((id) => selection.has(id)).length
  return (
    <input
      type="checkbox"
      aria-label={label}
      disabled={ids.length === 0}
      checked={count > 0 && count === ids.length}
      ref={(box) => {
        if (box) box.indeterminate = count > 0 && count < ids.length
      }}
      onChange={() => selection.set(count === ids.length ? [] : ids)}
      className={boxClass}
    />
  )
}
