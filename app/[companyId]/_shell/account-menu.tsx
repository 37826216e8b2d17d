'use client'

import { Menu } from 'lucide-react'
import Link from 'next/link'
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { readTheme, storeTheme, type Theme, themes } from '@/app/_components/theme'
import { menuClass, menuItemClass } from '@/app/_components/ui/menu-classes'
import { CompanyItems } from './company-switcher'
import { navItemsOf } from './nav-items'

const themeLabels = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' } as const

type AccountMenuProps = { side: 'right' | 'top' | 'bottom'; companyId?: string; className?: string }

/** Theme, account and sign-out; on narrow pages also the companies and the secondary navigation. */
export function AccountMenu({ side, companyId, className }: AccountMenuProps) {
  const [theme, setTheme] = useState<Theme>('system')
  return (
    <DropdownMenu.Root onOpenChange={(open) => open && setTheme(readTheme())}>
      <DropdownMenu.Trigger
        title="Menu"
        className={
          className ?? 'flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-muted hover:bg-hover hover:text-ink'
        }
      >
        <Menu aria-hidden className={className ? 'size-5' : 'size-4 shrink-0'} strokeWidth={1.75} />
        <span className={className ? '' : 'max-lg:sr-only'}>Menu</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content side={side} align="end" sideOffset={6} collisionPadding={8} className={menuClass}>
          {companyId && <SecondaryNavItems companyId={companyId} />}
          {companyId && <DropdownMenu.Separator className="my-1 border-t" />}
          {companyId && <CompanyItems companyId={companyId} />}
          {companyId && <DropdownMenu.Separator className="my-1 border-t" />}
          <DropdownMenu.RadioGroup value={theme}>
            {themes.map((value) => (
              <DropdownMenu.RadioItem
                key={value}
                value={value}
                onSelect={() => storeTheme(value)}
                className={`${menuItemClass} justify-between`}
              >
                {themeLabels[value]}
                <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1 border-t" />
          <DropdownMenu.Item asChild>
            <Link href="/account" className={menuItemClass}>
              Account
            </Link>
          </DropdownMenu.Item>
          <form action="/api/sign-out" method="post">
            <DropdownMenu.Item asChild onSelect={(event) => event.preventDefault()}>
              <button type="submit" className={menuItemClass}>
                Sign out
              </button>
            </DropdownMenu.Item>
          </form>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function SecondaryNavItems({ companyId }: { companyId: string }) {
  return navItemsOf(companyId)
    .filter((item) => !item.primary)
    .map((item) => (
      <DropdownMenu.Item key={item.label} asChild>
        <Link href={item.href} className={menuItemClass}>
          <item.icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
          {item.label}
        </Link>
      </DropdownMenu.Item>
    ))
}
