import type { ComponentProps } from 'react'
import { cn } from './classes'

const looks = {
  primary: 'bg-accent-solid text-on-accent hover:bg-accent-hover',
  plain: 'border border-line-strong bg-raised text-ink hover:bg-hover',
  danger: 'border border-line-strong bg-raised text-failed hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
} as const

export type ButtonLook = keyof typeof looks

/** The classes of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = 'plain', className?: string): string {
  return cn(
    'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 font-medium whitespace-nowrap',
    'transition-colors duration-150 disabled:opacity-55 max-sm:h-9',
    looks[look],
    className,
  )
}

type ButtonProps = ComponentProps<'button'> & { look?: ButtonLook }

export function Button({ look = 'plain', className, type = 'button', ...props }: ButtonProps) {
  return <button type={type} className={buttonClass(look, className)} {...props} />
}
