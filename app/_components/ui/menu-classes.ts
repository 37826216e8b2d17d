export const menuClass =
  'z-50 grid max-h-[60dvh] min-w-48 max-w-80 animate-changed overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-lg'

export const menuItemClass =
  'flex h-8 max-sm:h-10 w-full items-center gap-2 rounded px-2 text-left outline-none data-[highlighted]:bg-hover data-[state=checked]:font-medium aria-[current]:font-medium'
