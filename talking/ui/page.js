/* What the page does by itself, without asking the server: TABLE and PACE stand before this. */
window.talking = {
  /* How long a text will take to say, by its letters; in its own line below the words. */
  length(text, language, rate) {
    const line = document.getElementById("length");
    if (!line) return [];
    const words = wordsOf(TABLE), count = [...(text || "").trim()].length;
    const speed = (PACE[(language || "").split("-")[0]] || PACE[""]) * (Number(rate) || 1);
    const seconds = count / speed + 0.55;
    const facts = {seconds: Math.max(1, Math.round(seconds)), minutes: Math.round(seconds / 60)};
    const told = words[seconds < 100 ? "about_seconds" : "about_minutes"].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
    line.textContent = count ? told : "";
    return [];
  },
};
document.documentElement.lang = languageOf(TABLE);
document.documentElement.dir = languageOf(TABLE) === "ar" ? "rtl" : "ltr";
