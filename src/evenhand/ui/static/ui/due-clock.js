// <due-clock> keeps a promise's time in words that stay true: "18 min left", "12 min late"; with tells="until",
// "in 2 h 10 min". The server wrote the first words (ui/times.py); without script they stand. Its clock holds: now="…"
// is when it wrote them, and a browser that is set wrongly counts on from there.
const words = {
  en: { left: "{} left", late: "{} late", ahead: "in {}", ago: "{} ago", under: "under 1 min", day: "1 day", days: "{} days" },
  es: { left: "aún {}", late: "{} de retraso", ahead: "en {}", ago: "hace {}", under: "menos de 1 min", day: "1 día", days: "{} días" },
}
const inLanguage = (language) => words[(language || "en").slice(0, 2).toLowerCase()] ?? words.en

export function length(milliseconds, language) {
  const say = inLanguage(language), minutes = Math.floor(Math.abs(milliseconds) / 60_000)
  if (minutes < 1) return say.under
  if (minutes < 60) return `${minutes} min`
  const days = Math.floor(minutes / 1440), rest = minutes % 60
  if (days) return days === 1 ? say.day : say.days.replace("{}", days)
  return `${Math.floor(minutes / 60)} h${rest ? ` ${String(rest).padStart(2, "0")} min` : ""}`
}

export function timeLeft(due, now, language) {
  const say = inLanguage(language), span = length(due - now, language)
  return (due >= now ? say.left : say.late).replace("{}", span.includes(" h ") ? span.replace(/ min$/, "") : span)
}

export function timeUntil(due, now, language) {
  const say = inLanguage(language)
  return (due >= now ? say.ahead : say.ago).replace("{}", length(due - now, language))
}

export const stateOf = (due, now, soon) => (due < now ? "late" : due - now <= soon ? "soon" : "ahead")

class DueClock extends HTMLElement {
  connectedCallback() {
    const written = Date.parse(this.getAttribute("now"))
    this.ahead = Number.isNaN(written) ? 0 : written - Date.now()
    this.tick()
    this.timer = setInterval(() => this.tick(), 30_000)
  }
  disconnectedCallback() { clearInterval(this.timer) }
  tick() {
    const time = this.querySelector("time"), due = Date.parse(time?.dateTime), now = Date.now() + this.ahead
    if (Number.isNaN(due)) return
    const language = this.closest("[lang]")?.lang
    const said = (this.getAttribute("tells") === "until" ? timeUntil : timeLeft)(due, now, language)
    if (time.textContent !== said) time.textContent = said
    this.setAttribute("state", stateOf(due, now, 1000 * (this.getAttribute("soon") ?? 1800)))
  }
}
customElements.get("due-clock") ?? customElements.define("due-clock", DueClock)
