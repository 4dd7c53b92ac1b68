/* What the page does by itself, without asking the server: TABLE, PACE and MOST stand before this. */
window.talking = {
  /* How long a text will take to say, by its letters, and how many they are when there are nearly too many; in its own
     line below the words. */
  length(text, language, rate) {
    const line = document.getElementById("length");
    if (!line) return [];
    const words = wordsOf(TABLE), count = [...(text || "").trim()].length;
    const speed = (PACE[(language || "").split("-")[0]] || PACE[""]) * (Number(rate) || 1);
    const seconds = count / speed + 0.55;
    const plain = new Intl.NumberFormat(languageOf(TABLE)), letters = [...(text || "")].length;
    const facts = {
      seconds: Math.max(1, Math.round(seconds)), minutes: Math.round(seconds / 60),
      count: plain.format(letters), most: plain.format(MOST),
    };
    const say = (key) => words[key].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
    const told = letters > MOST ? [] : [say(seconds < 100 ? "about_seconds" : "about_minutes")];
    if (letters > 0.9 * MOST) told.push(say("about_characters"));
    line.textContent = count ? told.join(" · ") : "";
    line.classList.toggle("over", letters > MOST);
    window.dispatchEvent(new CustomEvent("talking-length", {detail: seconds}));
    return [];
  },

  /* The films of this browser, newest first, for all its tabs: {id, title, thumb, going}. */
  films: {
    all() {
      try {
        const kept = JSON.parse(localStorage.getItem("talking-films") || "[]");
        return (Array.isArray(kept) ? kept : []).filter((film) => /^tlk_[\w-]{4,64}$/.test(film?.id)).slice(0, 12);
      } catch {
        return [];
      }
    },
    put(film) {
      const kept = this.all(), known = kept.find((other) => other.id === film.id);
      if (known) Object.assign(known, film, {title: film.title || known.title});
      this.keep(known ? kept : [{title: "", thumb: "", ...film}, ...kept].slice(0, 12));
    },
    drop(id) { this.keep(this.all().filter((film) => film.id !== id)); },
    keep(kept) {
      try { localStorage.setItem("talking-films", JSON.stringify(kept)); } catch { /* a browser that keeps nothing */ }
      window.dispatchEvent(new CustomEvent("talking-films"));
    },
  },
};
document.documentElement.lang = languageOf(TABLE);
document.documentElement.dir = languageOf(TABLE) === "ar" ? "rtl" : "ltr";
if (!window.isSecureContext) document.documentElement.classList.add("insecure");
