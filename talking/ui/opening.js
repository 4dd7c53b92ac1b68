/* How the page opens: with a first sentence in the visitor's language, and with what Gradio does not tell to those who
   hear the page or use keys: whether its folds are open, and that long code can be scrolled. */
window.talking.sentence = (text) => {
  const told = wordsOf(TABLE);
  return text === TABLE.en.sentence ? told.sentence : text;
};
{
  const mark = () => {
    waits = false;
    for (const button of document.querySelectorAll(".label-wrap")) button.setAttribute("aria-expanded", String(button.classList.contains("open")));
    for (const code of document.querySelectorAll(".cm-scroller[tabindex='-1']")) code.tabIndex = 0;
  };
  let waits = false;
  new MutationObserver(() => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(mark);
  }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["class"]});
}
