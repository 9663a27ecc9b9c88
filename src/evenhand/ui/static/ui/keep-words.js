// <keep-words name="reply" version="12"> around a form's fields keeps what a person typed in this tab until it was
// accepted. Nothing is stored before something is typed. `version` is what the server raises with every accepted entry
// (say, the number of replies): words that were submitted are let go once it has changed, and come back if it has not.
const PREFIX = "evenhand-words:"
const FIELDS = "textarea, input[type=text], input[type=email], input[type=tel], input:not([type])"

class KeepWords extends HTMLElement {
  connectedCallback() {
    this.key = `${PREFIX}${location.pathname}:${this.getAttribute("name") ?? ""}`
    this.form = this.closest("form") ?? this.querySelector("form")
    this.onInput = () => this.keep()
    this.onSubmit = () => this.keep(true)
    this.onDone = (event) => { if (event.detail?.successful) this.forget() }
    this.addEventListener("input", this.onInput)
    this.form?.addEventListener("submit", this.onSubmit)
    this.form?.addEventListener("htmx:afterRequest", this.onDone)
    this.restore()
  }
  disconnectedCallback() {
    this.removeEventListener("input", this.onInput)
    this.form?.removeEventListener("submit", this.onSubmit)
    this.form?.removeEventListener("htmx:afterRequest", this.onDone)
  }
  fields() { return [...this.querySelectorAll(FIELDS)].filter((field) => field.name) }
  get version() { return this.getAttribute("version") ?? "" }
  keep(isSubmitted = false) {
    const said = Object.fromEntries(this.fields().map((field) => [field.name, field.value]))
    if (isSubmitted && !this.kept()) return
    if (!Object.values(said).some((value) => value.trim())) return this.forget()
    try { sessionStorage.setItem(this.key, JSON.stringify({ version: this.version, isSubmitted, said })) } catch { /* full or forbidden: the words stay on the page */ }
  }
  kept() {
    try { return JSON.parse(sessionStorage.getItem(this.key)) } catch { return null }
  }
  forget() {
    try { sessionStorage.removeItem(this.key) } catch { /* nothing was kept */ }
  }
  restore() {
    const kept = this.kept()
    if (!kept?.said) return
    if (kept.isSubmitted && kept.version !== this.version) return this.forget()
    for (const field of this.fields()) // What the server sent back is newer than what the tab kept.
      if (!field.value.trim() && kept.said[field.name]) field.value = kept.said[field.name]
    this.setAttribute("restored", "")
  }
}
customElements.get("keep-words") ?? customElements.define("keep-words", KeepWords)
