'use client'

import { Search } from 'lucide-react'

type SearchFieldProps = {
  label: string
  placeholder: string
  value: string | null
  onText: (text: string | null) => void
}

/** Searches a list. The `/` key focuses it. */
export function SearchField({ label, placeholder, value, onText }: SearchFieldProps) {
  return (
    <label className="relative shrink-0">
      <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint max-sm:top-2.5" />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={value ?? ''}
        onChange={(event) => onText(event.target.value || null)}
        maxLength={200}
        data-search
        className="h-8 w-56 rounded-md border border-line-strong bg-raised pr-2 pl-8 max-sm:h-9 max-sm:w-44 max-sm:text-[16px]"
      />
    </label>
  )
}
