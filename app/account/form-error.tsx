import type { FieldError } from '@/app/_trpc/api-error'

type FormErrorProps = { error: FieldError | null; fields: readonly string[] }

/** An error that belongs to none of the form's fields. */
export function FormError({ error, fields }: FormErrorProps) {
  if (!error || fields.includes(error.path)) return null
  return (
    <p role="alert" className="text-failed sm:col-span-2">
      {error.message}
    </p>
  )
}
