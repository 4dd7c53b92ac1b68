/* Lists that are searched by typing. Gradio leaves the old choice in the field, so that what is typed is put behind it
   and nothing is found; it looks for keys and not for text that is pasted or dictated; and it takes half a word for a
   choice when the field is left. */
{
  const isList = (target) => target instanceof HTMLInputElement && target.getAttribute("role") === "combobox" && !target.readOnly;
  let before = "", typed = false, settling = false;
  const on = (kind, act, capture) => document.addEventListener(kind, (event) => { if (isList(event.target)) act(event.target, event); }, capture);
  const settle = (field, text) => {
    settling = true;
    field.value = text;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    settling = typed = false;
  };
  on("focusin", (field) => { before = field.value; typed = false; field.select(); });
  // Browsers put the caret where a click within a selection was, after they have told of the click.
  on("click", (field) => setTimeout(() => { if (!typed && field === document.activeElement) field.select(); }));
  on("input", (field) => {
    if (settling) return;
    typed = true;
    field.dispatchEvent(new KeyboardEvent("keydown", {key: "Unidentified", bubbles: true}));
  });
  on("keydown", (field, event) => {
    if (!typed && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) field.select();
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") typed = true;  // what is there is to be mended
    if (event.key === "Tab") event.stopPropagation();  // Gradio would open the list that is being left
    if (event.key === "Escape" && typed) settle(field, before);
  }, true);
  document.addEventListener("mousedown", (event) => { if (event.target.closest?.("[role=option]")) typed = false; }, true);
  // Left with half a word: what fits it is meant, or nothing where the field was emptied. What fits none stays.
  on("blur", (field) => {
    if (!typed) return;
    typed = false;
    const text = field.value.trim().toLowerCase();
    if (!text) { settle(field, before); return; }
    const list = [...document.querySelectorAll(`[id^="${field.getAttribute("aria-controls")}-option-"]`)];
    const fitting = list.filter((option) => (option.getAttribute("aria-label") || "").toLowerCase().includes(text));
    const active = fitting.find((option) => option.id === field.getAttribute("aria-activedescendant"));
    (active || fitting[0])?.dispatchEvent(new MouseEvent("mousedown", {bubbles: true, cancelable: true}));
  }, true);
}
