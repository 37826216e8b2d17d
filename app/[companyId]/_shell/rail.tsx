'use client'

import { Search } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '@/app/_components/ui/classes'
import { Wordmark } from '@/app/_components/wordmark'
import { AccountMenu } from './account-menu'
import { CompanySwitcher } from './company-switcher'
import { isActiveItem, navItemsOf } from './nav-items'
import { openPalette } from './palette-events'
import { UnreadBadge } from './unread-badge'

export function Rail({ companyId }: { companyId: string }) {
  const pathname = usePathname()
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 flex-col gap-3 border-r bg-rail px-2 py-2.5 max-sm:hidden sm:w-[52px] lg:w-[196px]"
    >
      <Link href="/" className="flex h-8 items-center gap-2 rounded-md px-2 hover:bg-hover" title="All companies">
        <Wordmark compact="max-lg:hidden" />
      </Link>
      <CompanySwitcher companyId={companyId} />
      <button
        type="button"
        title="Find anything"
        onClick={openPalette}
        className="flex h-8 items-center gap-2.5 rounded-md px-2 text-muted hover:bg-hover hover:text-ink"
      >
        <Search aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
        <span className="max-lg:sr-only">Find</span>
        <kbd aria-hidden className="ml-auto font-mono text-small max-lg:hidden">
          ⌘K
        </kbd>
      </button>
      <ul className="grid gap-0.5">
        {navItemsOf(companyId).map((item) => (
          <li key={item.label}>
            <Link
              href={item.href}
              title={item.label}
              aria-current={isActiveItem(item, pathname, companyId) ? 'page' : undefined}
              className={cn(
                'relative flex h-8 items-center gap-2.5 rounded-md px-2 text-muted hover:bg-hover hover:text-ink',
                'aria-[current]:bg-selected aria-[current]:font-medium aria-[current]:text-ink',
              )}
            >
              <item.icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
              <span className="max-lg:sr-only">{item.label}</span>
              {item.label === 'Inbox' && (
                <span className="ml-auto max-lg:absolute max-lg:top-0 max-lg:right-0">
                  <UnreadBadge companyId={companyId} />
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
      <div className="mt-auto">
        <AccountMenu side="right" />
      </div>
    </nav>
  )
}
