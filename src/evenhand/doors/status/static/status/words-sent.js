// <words-sent from="/help/"> stands on the page that a sent form leads to: what this tab kept of that form has arrived,
// and is let go. Until then it stays, so that a send that got lost costs nobody their words.
class WordsSent extends HTMLElement {
  connectedCallback() {
    const prefix = `evenhand-words:${this.getAttribute("from")}`
    try {
      for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix)) sessionStorage.removeItem(name)
    } catch { /* storage is forbidden here, so nothing was kept */ }
  }
}
customElements.get("words-sent") ?? customElements.define("words-sent", WordsSent)
