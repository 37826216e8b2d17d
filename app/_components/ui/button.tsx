import type { ComponentProps } from 'react'
import { cn } from './classes'

const variants = {
  primary: 'bg-accent-solid text-on-accent hover:bg-accent-hover',
  plain: 'border border-line-strong bg-raised text-ink hover:bg-hover',
  danger: 'border border-line-strong bg-raised text-failed hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
} as const

export type ButtonVariant = keyof typeof variants

/** The classes of a button, for links that are styled as one. */
export function buttonClass(variant: ButtonVariant = 'plain', className?: string): string {
  return cn(
    'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 font-medium whitespace-nowrap',
    'transition-colors duration-150 disabled:opacity-55 max-sm:h-9',
    variants[variant],
    className,
  )
}

type ButtonProps = ComponentProps<'button'> & { variant?: ButtonVariant }

export function Button({ variant = 'plain', className, type = 'button', ...props }: ButtonProps) {
  return <button type={type} className={buttonClass(variant, className)} {...props} />
}
