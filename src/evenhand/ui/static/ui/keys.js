// Keys for what a page does often. A control says its key itself: <a data-key="n">, <textarea data-key="r">,
// <button data-key="Ctrl+Enter">. A letter works only while nobody types; <keys-switch> turns the letters off for good.
const OFF = "evenhand-keys-off"
const isTyping = (target) => !!target?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]:not([contenteditable=false])")
const isOff = () => { try { return localStorage.getItem(OFF) === "1" } catch { return false } }

export function keyOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + key
}

const isThere = (control) => control.checkVisibility?.() !== false && !control.disabled

function control(event) {
  const key = keyOf(event), inside = event.target.closest?.("form, dialog")
  const among = (place) => [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && isThere(one))
  // Ctrl+Enter sends the form one is in, not another.
  return isTyping(event.target) ? inside && among(inside) : (inside && among(inside)) || among(document)
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return
  const isLetter = !event.ctrlKey && !event.metaKey && !event.altKey
  if (isLetter && (isTyping(event.target) || isOff() || document.querySelector("dialog:modal"))) return
  const found = control(event)
  if (!found) return
  event.preventDefault()
  found.focus()
  if (!isTyping(found)) found.click()
})

// Listeners hear of the keys as well.
export function announce(root = document) {
  for (const one of root.querySelectorAll("[data-key]:not([aria-keyshortcuts])"))
    one.setAttribute("aria-keyshortcuts", one.dataset.key.replace("Ctrl+", "Control+"))
}
announce()
document.addEventListener("htmx:load", (event) => announce(event.target))

// <keys-switch><label><input type="checkbox" checked> Keys without Ctrl</label></keys-switch>
class KeysSwitch extends HTMLElement {
  connectedCallback() {
    const box = this.querySelector("input")
    box.checked = !isOff()
    box.addEventListener("change", () => {
      try { box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1") } catch { /* this page only */ }
    })
  }
}
customElements.get("keys-switch") ?? customElements.define("keys-switch", KeysSwitch)
