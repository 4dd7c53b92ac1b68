/* The films of this browser; each leads to the Stage by the address, and its request back into the form. */
const words = wordsOf(props.words);
const list = element.querySelector("ul"), none = element.querySelector(".none");
element.querySelector("h2").textContent = words.history;
none.textContent = words.history_empty;
window.addEventListener("talking-films", draw);
window.addEventListener("storage", draw);
draw();

function draw() {
  const films = window.talking.films.all();
  none.hidden = films.length > 0;
  list.replaceChildren(...films.map((film) => {
    const item = document.createElement("li"), link = document.createElement("a");
    const title = String(film.title || "") || film.id;
    link.href = `#${film.id}`;
    const picture = document.createElement(isPicture(film.thumb) ? "img" : "i");
    if (isPicture(film.thumb)) Object.assign(picture, {src: film.thumb, alt: ""});
    link.append(picture, Object.assign(document.createElement("span"), {textContent: title}));
    const again = Object.assign(document.createElement("button"), {type: "button", textContent: words.use_again});
    again.setAttribute("aria-label", `${words.use_again}: ${title}`);
    again.addEventListener("click", () => trigger("use", {id: film.id}));
    item.append(link, again);
    return item;
  }));
}

function isPicture(thumb) { return typeof thumb === "string" && thumb.startsWith("data:image/jpeg;base64,"); }
