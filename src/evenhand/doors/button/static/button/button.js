// The red button. One tag puts it on any page: <script src="https://host/button.js" defer></script>
// No cookie, no frame, nothing stored before somebody types or sends. docs/button.md says more.
(() => {
  const script = document.currentScript
  if (!script || document.querySelector("evenhand-button")) return
  const served = /*served*/{}, told = script.dataset, at = (path) => new URL(path, script.src).href

  const messages = {
    en: {
      cry: "Help! Tell us", title: "Tell us, in your own words", private: "A person reads every message. This one is private.",
      about: "What is it about?", help: "I need help", view: "How you're doing", ask: "What happened?", askView: "What should we know?",
      where: "Where shall we answer?", ifYouLike: "Email or phone, if you like",
      pledge: "You'll see at once who answers, and by when.",
      same: "The same promise goes to everyone with this kind of problem, on every channel.", faster: "Asking in public is never faster.",
      send: "Send privately", sending: "Sending…", close: "Close", empty: "Nothing is written yet. One word is enough.",
      lost: "Not sent yet", kept: "Your words are kept on this device; we try again when you are back online.",
      open: "Keep this page open; we try again when you are back online.",
      again: "Try again now", change: "Change it", refused: "This was not sent.", here: "Your words are still here.", form: "Use our form",
      sent: "We have your message", arrived: "Sent: see who answers", owns: "{} owns this until it is solved",
      everyone: "Everyone with this kind of problem is promised {}.", reference: "Reference", page: "Your private page",
      only: "Only people with this link can see it.", copy: "Copy the link", copied: "Copied",
      next: "A person answers by then. If we are late, a supervisor is told before you have to ask. On your private page you can add words or ask for a supervisor.",
    },
    es: {
      cry: "¡Ayuda! Cuéntenos", title: "Cuéntenos, con sus palabras", private: "Una persona lee cada mensaje. Este es privado.",
      about: "¿De qué se trata?", help: "Necesito ayuda", view: "Mi opinión", ask: "¿Qué ha pasado?", askView: "¿Qué debemos saber?",
      where: "¿Dónde le respondemos?", ifYouLike: "Correo o teléfono, si quiere",
      pledge: "Verá enseguida quién responde y para cuándo.",
      same: "La misma promesa vale para todos los que tienen este tipo de problema, por cualquier canal.", faster: "Preguntar en público nunca es más rápido.",
      send: "Enviar en privado", sending: "Enviando…", close: "Cerrar", empty: "Aún no ha escrito nada. Basta una palabra.",
      lost: "Aún no enviado", kept: "Sus palabras se guardan en este dispositivo; lo intentaremos de nuevo cuando vuelva la conexión.",
      open: "Deje abierta esta página; lo intentaremos de nuevo cuando vuelva la conexión.",
      again: "Intentarlo ahora", change: "Cambiarlo", refused: "No se ha enviado.", here: "Sus palabras siguen aquí.", form: "Usar el formulario",
      sent: "Tenemos su mensaje", arrived: "Enviado: vea quién responde", owns: "{} se encarga hasta resolverlo",
      everyone: "A todos los que tienen este tipo de problema se les promete: {}.", reference: "Referencia", page: "Su página privada",
      only: "Solo quien tenga este enlace puede verla.", copy: "Copiar el enlace", copied: "Copiado",
      next: "Una persona responde para entonces. Si nos retrasamos, se avisa a un supervisor antes de que pregunte. En su página privada puede añadir palabras o pedir un supervisor.",
    },
  }
  const books = [messages, served.messages, window.EvenhandMessages]
  const spoken = [told.language, document.documentElement.lang, ...navigator.languages].filter(Boolean).map((each) => each.split("-")[0].toLowerCase())
  const language = spoken.find((each) => books.some((book) => book?.[each])) ?? "en"
  const say = Object.assign({}, messages.en, ...books.map((book) => book?.[language]))

  const looks = `
:host { all: initial; font-size: max(16px, 1rem); color-scheme: light dark; --card: #fff; --ink: #1c1b1a; --quiet: #55524c; --help: #c81e36; --kept: #17694e; --soft: #e5f3ed }
@media (prefers-color-scheme: dark) { :host { --card: #1e1d1b; --ink: #f2efe9; --quiet: #bdb8ae; --help: #dc3049; --kept: #6fd0ab; --soft: #16302a } }
* { box-sizing: border-box; margin: 0 }
button, input, textarea { font: inherit; color: inherit; background: none; border: 1px solid var(--quiet); border-radius: 6px; padding: 10px 12px }
button { font-weight: 560; line-height: 1.2; cursor: pointer }
:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px }
.cry, dialog { position: fixed; inset: auto 24px 24px auto; font: 400 .9375em/1.5 "Inter Variable", Inter, system-ui, sans-serif; overflow-wrap: anywhere; box-shadow: 0 8px 28px #0003 }
.cry { z-index: 2147483647; display: flex; gap: 10px; align-items: center; padding: 15px 20px; border: 0; border-radius: 99px; font-size: 1em; font-weight: 640 }
.cry:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 8px #1c1b1a }
svg { flex: none; fill: none; stroke: currentColor; stroke-width: 2.4; stroke-linecap: round }
dialog { bottom: 92px; width: 404px; max-height: calc(100dvh - 116px); overflow: auto; padding: 24px; border: 1px solid #8884; border-radius: 16px; background: var(--card); color: var(--ink) }
dialog::backdrop { background: #1c1b1a1f }
h2, .when { margin: 0 36px 6px 0; font-size: 1.6em; line-height: 1.2; font-weight: 640; letter-spacing: -.015em; outline: 0 }
b { font-weight: 640 } a { color: inherit }
.quiet { color: var(--quiet); font-weight: 400 } .small, .mood button { font-size: .867em }
.x { position: absolute; top: 16px; right: 16px; width: 36px; height: 36px; padding: 0; border: 0; color: var(--quiet) }
.mood, .row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px }
.mood button { flex: 1; text-align: start }
[aria-pressed=true], [aria-invalid] { border-color: var(--ink); box-shadow: inset 0 0 0 1px }
label { display: block; font-weight: 560; margin: 12px 0 6px }
input, textarea { display: block; width: 100%; min-height: 44px; resize: vertical }
.box { margin-top: 16px; padding: 12px 16px; border-inline-start: 3px solid var(--quiet); background: #8882; border-radius: 0 6px 6px 0 }
.pledge { border-color: var(--kept); background: var(--soft) }
.red { background: var(--help); border-color: var(--help); color: #fff } .red:hover { background: #a3152a }
.sent h2 { margin-bottom: 16px; font-size: 1em } .when::first-letter { text-transform: uppercase }
blockquote { margin-top: 16px; white-space: pre-wrap }
@media (max-width: 480px), (max-height: 660px) { .cry, dialog { inset: auto 8px 8px auto } .cry { padding: 12px 16px } dialog { max-width: calc(100vw - 16px); max-height: calc(100dvh - 16px); padding: 20px } }
@media (prefers-reduced-motion: no-preference) { [open] { animation: come .24s } @keyframes come { from { opacity: 0 } } }
@media print { :host { display: none } }`

  // Node by node: a page that requires Trusted Types, or forbids inline styles, takes it as it is.
  const make = (tag, given, ...inside) => {
    const made = document.createElement(tag)
    for (const name in given) name in made ? (made[name] = given[name]) : made.setAttribute(name, given[name])
    made.append(...inside.filter(Boolean))
    return made
  }
  const p = (className, ...inside) => make("p", { className }, ...inside)
  const press = (className, onclick, ...inside) => make("button", { className, onclick, type: "button" }, ...inside)
  const title = (text) => make("h2", { id: "t", tabIndex: -1 }, text)
  const icon = () => {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag))
    for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 18, height: 18, "aria-hidden": true })) svg.setAttribute(name, value)
    path.setAttribute("d", "M4 12a8 8 0 1 1 3.2 6.4L4 20l.9-3.6")
    svg.append(path)
    return svg
  }

  // Typed words stay in this tab; sent words wait on the device until they have arrived. Storage may be forbidden.
  const NAME = "evenhand"
  const keep = (where, what) => {
    try {
      what ? window[where].setItem(NAME, JSON.stringify(what)) : window[where].removeItem(NAME)
      return true
    } catch {}
  }
  const kept = (where) => { try { return JSON.parse(window[where].getItem(NAME)) } catch {} }

  let letter, answer, isOnDevice, isBusy, timer, pause = 5e3

  const label = make("span", {}, say.cry), cry = press("cry red", open, icon(), label)
  const heard = make("p", { className: "small", role: "status" })
  const words = make("textarea", { id: "w", rows: 5, dir: "auto", "aria-describedby": "e" })
  const where = make("input", { id: "r", autocomplete: "email", "aria-describedby": "e" })
  const ask = make("label", { htmlFor: "w" }, say.ask)
  const wrong = make("div", { id: "e", role: "alert" })
  const moods = [[say.help, say.ask], [say.view, say.askView]].map(([wording, question]) => press("", (event) => {
    // Which of the two was pressed changes the wording alone, and is never sent.
    for (const one of moods) one.setAttribute("aria-pressed", one === event.target)
    ask.textContent = question
    words.focus()
  }, wording))
  moods.forEach((one, place) => one.setAttribute("aria-pressed", !place))
  const form = make("form", { noValidate: true, oninput: draft, onsubmit: submit },
    title(say.title), p("quiet small", say.private), make("div", { className: "mood", role: "group", "aria-label": say.about }, ...moods),
    ask, words, make("label", { htmlFor: "r" }, say.where + " ", make("span", { className: "quiet" }, say.ifYouLike)), where, wrong,
    p("box pledge small", make("b", {}, say.pledge), make("br"), say.same, served.neverFaster && " " + say.faster),
    make("div", { className: "row" }, make("button", { className: "red" }, say.send)))
  const body = make("div", {}, form)
  const dialog = make("dialog", { lang: language, "aria-labelledby": "t", onclose: () => cry.setAttribute("aria-expanded", false) },
    body, heard, make("button", { className: "x", "aria-label": say.close, onclick: () => dialog.close() }, "✕"))

  function open() {
    if (!dialog.open) dialog.showModal()
    cry.setAttribute("aria-expanded", true)
    const view = answer ? confirmation() : letter ? waiting() : form
    if (body.firstChild !== view) body.replaceChildren(view)
    heard.textContent = ""
    ;(view === form ? words : view.firstChild).focus()
  }
  const refresh = (text) => { label.textContent = text; if (dialog.open) open() }
  const written = () => ({ words: words.value, answer_to: where.value.trim() })

  function draft() { keep("sessionStorage", words.value || where.value ? written() : null) }
  function complain(field, ...inside) {
    wrong.replaceChildren(p("box small", ...inside))
    field.setAttribute("aria-invalid", true)
    if (dialog.open) field.focus()
  }
  function submit(event) {
    event.preventDefault()
    if (isBusy) return
    wrong.replaceChildren()
    for (const field of [words, where]) field.removeAttribute("aria-invalid")
    if (!words.value.trim()) return complain(words, say.empty)
    letter = {
      ...written(), language: spoken[0] ?? language, place: told.place ?? "", sent_at: new Date().toISOString(),
      key: [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, 0)).join(""),
    }
    isOnDevice = keep("localStorage", letter)
    keep("sessionStorage")
    deliver()
  }

  async function deliver() {
    if (isBusy || !letter) return
    // Another tab of this site may have brought it there meanwhile.
    const now = kept("localStorage")
    if (isOnDevice && now?.key !== letter.key) return settle(now?.answer)
    clearTimeout(timer)
    isBusy = true
    heard.textContent = say.sending
    let response, said
    try {
      const text = JSON.stringify(letter)
      response = await fetch(at("button/contacts/"), {
        method: "POST", headers: { "Content-Type": "application/json" }, body: text, keepalive: text.length < 2e4,
        credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout?.(2e4),
      })
      said = await response.json()
    } catch {}
    // Lost on the way there or back: the same key asks again, and is let in once.
    isBusy = false
    const status = response?.status ?? 0
    if (response?.ok && said?.reference) settle(said)
    else if (status > 399 && status < 500 && ![408, 409, 425, 429].includes(status)) refused(said)
    else {
      refresh(say.lost)
      timer = setTimeout(deliver, pause = Math.min(2 * pause, 3e5))
    }
  }
  function settle(given) {
    letter = null
    answer = given
    words.value = where.value = ""
    pause = 5e3
    // The private link waits to be seen, and no longer.
    keep("localStorage", answer && !dialog.open && { answer })
    refresh(answer ? say.arrived : say.cry)
  }
  function change() {
    words.value = letter.words
    where.value = letter.answer_to
    letter = null
    clearTimeout(timer)
    keep("localStorage")
    draft()
    refresh(say.cry)
  }
  function refused(problem) {
    change()
    if (!dialog.open) label.textContent = say.lost
    complain(problem?.errors?.some((flaw) => /answer_to/.test(flaw.pointer)) ? where : words,
      make("b", {}, problem?.title ?? say.refused), ` ${problem?.detail ?? ""} ${problem?.kept || say.here} `, make("a", { href: at("help/") }, say.form))
  }

  const waiting = () => make("div", {}, title(say.lost), p("box", isOnDevice ? say.kept : say.open), make("blockquote", {}, letter.words),
    make("div", { className: "row" }, press("red", deliver, say.again), press("", change, say.change)))

  function confirmation() {
    const { reference, owner, promise, standard, status_url } = answer
    answer = null
    keep("localStorage")
    label.textContent = say.cry
    const href = at(status_url), link = make("input", { id: "l", readOnly: true, value: href, onfocus: () => link.select() })
    return make("div", { className: "sent" }, title(say.sent), promise && p("when", promise.words), owner && p("", say.owns.replace("{}", owner)),
      standard && p("quiet small", say.everyone.replace("{}", standard)),
      /^https?:/.test(href) && make("div", {}, make("label", { htmlFor: "l" }, make("a", { href, rel: "noreferrer" }, say.page)), link, p("quiet small", say.only)),
      make("div", { className: "row" }, press("", (event) => {
        link.select()
        navigator.clipboard?.writeText(href).then(() => { event.target.textContent = heard.textContent = say.copied })
      }, say.copy)), p("box pledge small", make("b", {}, say.reference, " ", reference), make("br"), say.next))
  }

  const begin = () => {
    const host = make("evenhand-button"), shadow = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet()
    sheet.replaceSync(looks)
    shadow.adoptedStyleSheets = [sheet]
    shadow.append(cry, dialog)
    cry.setAttribute("aria-haspopup", "dialog")
    // The plain link for those without script gives way; one marked "open" stays and opens the same dialog.
    for (const link of document.querySelectorAll("a[data-evenhand]"))
      if (link.dataset.evenhand === "open") link.onclick = (event) => { event.preventDefault(); open() }
      else link.remove()
    document.body.append(host)
    const typed = kept("sessionStorage"), sent = kept("localStorage")
    if (typed) [words.value, where.value] = [typed.words, typed.answer_to]
    answer = sent?.answer
    if (answer) label.textContent = say.arrived
    else if (sent?.key) {
      letter = sent
      isOnDevice = true
      refresh(say.lost)
      deliver()
    }
    addEventListener("online", deliver)
  }
  document.body ? begin() : addEventListener("DOMContentLoaded", begin)
})()
