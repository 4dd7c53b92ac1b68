/* The words of the visitor's language; what a language lacks is told in English. */
function wordsOf(table) {
  const wanted = [...(navigator.languages || [navigator.language || "en"])].map((tag) => tag.toLowerCase().split("-")[0]);
  const language = wanted.find((tag) => tag in table) || "en";
  return {...table.en, ...table[language]};
}
