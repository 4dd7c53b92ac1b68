/* Files of the wrong kind are told of where they were given, in the visitor's language; Gradio would list types as
   programs name them. The sound of a video is a sound. */
{
  const FIELDS = {portrait: ["image/", "not_picture"], sound: ["audio/", "not_sound"], "own-driver": ["video/", "not_video"]};
  const fieldOf = (target) => Object.keys(FIELDS).map((id) => document.getElementById(id)).find((field) => field?.contains(target));
  const tell = (field, text) => {
    const place = field.closest("#who") || field;
    const note = place.nextElementSibling?.matches(".wrong-file") ? place.nextElementSibling : document.createElement("p");
    note.className = "wrong-file";
    note.dir = "auto";
    note.setAttribute("role", "alert");
    if (!note.isConnected && text) place.after(note);
    note.textContent = text;
    note.hidden = !text;
  };
  const judged = (event, files, hand) => {
    const field = fieldOf(event.target), [kind, key] = FIELDS[field?.id] || [];
    if (!kind || !files?.length || event.ours) return;
    const wrong = [...files].find((file) => file.type && !file.type.startsWith(kind) && !(kind === "audio/" && file.type.startsWith("video/")));
    tell(field, wrong ? wordsOf(TABLE)[key].replace("{name}", wrong.name) : "");
    const film = kind === "audio/" && [...files].some((file) => file.type.startsWith("video/"));
    if (!wrong && !film) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (wrong) return;
    const named = new DataTransfer();
    for (const file of files) named.items.add(new File([file], file.name, {type: file.type.replace("video/", "audio/")}));
    hand(named);
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#examples, .icon-button")) for (const note of document.querySelectorAll(".wrong-file")) note.hidden = true;
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    judged(event, event.target.files, (named) => {
      event.target.files = named.files;
      event.target.dispatchEvent(Object.assign(new Event("change", {bubbles: true}), {ours: true}));
    });
  }, true);
  document.addEventListener("drop", (event) => judged(event, event.dataTransfer?.files, (named) => {
    event.target.dispatchEvent(Object.assign(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: named}), {ours: true}));
  }), true);
}
