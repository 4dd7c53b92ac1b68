/* The visitor's language among those of a table of words, and its words; what a language lacks is told in English. */
function languageOf(table) {
  const wanted = [...(navigator.languages || [navigator.language || "en"])].map((tag) => tag.toLowerCase().split("-")[0]);
  return wanted.find((tag) => tag in table) || "en";
}
function wordsOf(table) {
  return {...table.en, ...table[languageOf(table)]};
}
