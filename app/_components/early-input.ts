/**
 * Input before hydration would be lost, so this script records the last button that was clicked and the fields that were
 * typed into. Links and forms with an `action` work without hydration.
 */
export const earlyInputScript = `(()=>{
const fields=new Set();let pressed=null;
const type=event=>{fields.add(event.target)};
const press=event=>{
const button=event.target.closest('button');
if(!button||button.form?.hasAttribute('action'))return;
event.preventDefault();event.stopPropagation();pressed=button};
addEventListener('input',type,true);addEventListener('click',press,true);
window.takeEarlyInput=()=>{
removeEventListener('input',type,true);removeEventListener('click',press,true);
return{fields,pressed}}})();`

declare global {
  interface Window {
    takeEarlyInput?: () => EarlyInput
  }
}

type EarlyInput = { fields: Set<EventTarget>; pressed: HTMLElement | null }

/** Repeats the recorded input for the components, which now listen. */
export function replayEarlyInput(): void {
  const early = window.takeEarlyInput?.()
  delete window.takeEarlyInput
  if (!early) return
  for (const field of early.fields) if (field instanceof HTMLInputElement) typeAgain(field)
  // The typed text must be rendered before the click that uses it.
  setTimeout(() => press(early.pressed))
}

/** React took the typed text for the initial value, and reports a change only if the value differs from that. */
function typeAgain(field: HTMLInputElement): void {
  const text = field.value
  field.value = `${text} `
  // The prototype's setter: React intercepts assignments to the element's own property.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text)
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** Menus open on `pointerdown`, all other buttons act on `click`. */
function press(button: HTMLElement | null): void {
  button?.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, cancelable: true }))
  button?.click()
}
