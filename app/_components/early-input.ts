/**
 * What is pressed and typed while the page's code is still on its way would be lost: the last press of a button, and
 * which fields were typed into, are kept until then. Links, and forms that the browser sends itself, need no code.
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

/** Tells the page what came too early for it, now that it is there. */
export function replayEarlyInput(): void {
  const early = window.takeEarlyInput?.()
  delete window.takeEarlyInput
  if (!early) return
  for (const field of early.fields) if (field instanceof HTMLInputElement) typeAgain(field)
  // What was typed has to be drawn before the press that is about it.
  setTimeout(() => press(early.pressed))
}

/** React took what it found in the field for its own: it hears of a change only from another text to this one. */
function typeAgain(field: HTMLInputElement): void {
  const text = field.value
  field.value = `${text} `
  // Past React, which watches what is assigned to the element itself.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text)
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** Menus open by the first half of a press, the rest does its work by the second. */
function press(button: HTMLElement | null): void {
  button?.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, cancelable: true }))
  button?.click()
}
