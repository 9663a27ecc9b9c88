// <to-the-latest> is a long story that opens at its end, where it is what one scrolls; a page stays where it is.
class ToTheLatest extends HTMLElement {
  connectedCallback() { this.scrollTop = this.scrollHeight }
}
customElements.get("to-the-latest") ?? customElements.define("to-the-latest", ToTheLatest)
