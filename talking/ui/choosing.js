/* Lists that are searched by typing. Gradio leaves the old choice in the field, so that what is typed is put behind it
   and nothing is found; it looks for keys and not for text that is pasted or dictated; and it takes half a word for a
   choice when the field is left. */
{
  const isList = (target) => target instanceof HTMLInputElement && target.getAttribute("role") === "combobox" && !target.readOnly;
  let before = "", typed = false, fresh = false, settling = false;
  const on = (kind, act, capture) => document.addEventListener(kind, (event) => { if (isList(event.target)) act(event.target, event); }, capture);
  const settle = (field, text) => {
    settling = true;
    field.value = text;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    settling = typed = false;
  };
  on("pointerdown", (field) => { fresh = field !== document.activeElement; }, true);
  on("focusin", (field) => { before = field.value; typed = false; field.select(); });
  on("click", (field) => { if (fresh && !typed) field.select(); fresh = false; });
  on("input", (field) => {
    if (settling) return;
    typed = true;
    field.dispatchEvent(new KeyboardEvent("keydown", {key: "Unidentified", bubbles: true}));
  });
  on("keydown", (field, event) => {
    if (event.key === "Tab") event.stopPropagation();  // Gradio would open the list that is being left
    if (event.key === "Escape" && typed) settle(field, before);
  }, true);
  // Left with half a word: what fits it is meant, or nothing where the field was emptied. What fits none stays.
  on("blur", (field) => {
    if (!typed) return;
    const text = field.value.trim().toLowerCase();
    const options = [...document.querySelectorAll(`[id^="${field.getAttribute("aria-controls")}-option-"]`)];
    const fitting = options.map((each) => each.getAttribute("aria-label") || "").filter((label) => label.toLowerCase().includes(text));
    const active = document.getElementById(field.getAttribute("aria-activedescendant") || "")?.getAttribute("aria-label");
    if (!text) settle(field, before);
    else if (fitting.length) settle(field, fitting.includes(active) ? active : fitting[0]);
    typed = false;
  }, true);
}
