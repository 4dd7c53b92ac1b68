/* Plays a film that is still being made: its fragments go into the video element as they arrive. The server answers when
   there is a first picture, and tells the codecs then. `gone` hears why it came to nothing: "early" when there is no
   picture yet, "broken" when the line was cut, which also means that the film was begun anew, and "refused". */
const EARLY_SECONDS = 15, AHEAD_SECONDS = 60;

function openLive(video, address, gone) {
  const Source = window.ManagedMediaSource || window.MediaSource;
  if (!Source) return null;
  const stop = new AbortController();
  const live = {closed: false, whole: false, close};
  let url = "", why = "early";
  const patience = setTimeout(() => stop.abort(), EARLY_SECONDS * 1000);
  begin().catch(() => { if (!live.closed) { close(); gone(why); } }).finally(() => clearTimeout(patience));
  return live;

  async function begin() {
    const source = new Source(), ready = opened(source);
    const answer = await fetch(address, {signal: stop.signal, cache: "no-store"});
    clearTimeout(patience);
    const kind = answer.headers.get("content-type") || "";
    why = answer.status === 409 ? "early" : "refused";
    if (!answer.ok || !Source.isTypeSupported(kind)) throw new Error(String(answer.status));
    await ready;
    const buffer = source.addSourceBuffer(kind);
    why = "broken";
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      await append(buffer, part.value);
      // What is far ahead waits on the server: browsers hold two minutes or so.
      while (!live.closed && ahead(video) > AHEAD_SECONDS) await new Promise((resolve) => setTimeout(resolve, 500));
    }
    live.whole = true;
    if (source.readyState === "open") source.endOfStream();
  }

  /* Done while the first picture is awaited. */
  function opened(source) {
    if (window.ManagedMediaSource) video.disableRemotePlayback = true;
    url = URL.createObjectURL(source);
    video.src = url;
    return new Promise((resolve) => source.addEventListener("sourceopen", resolve, {once: true}));
  }

  function append(buffer, bytes) {
    return new Promise((resolve, reject) => {
      buffer.addEventListener("updateend", resolve, {once: true});
      buffer.addEventListener("error", () => reject(new Error("append")), {once: true});
      buffer.appendBuffer(bytes);
    });
  }

  function close() {
    live.closed = true;
    stop.abort();
    if (url) URL.revokeObjectURL(url);
  }
}

/* Seconds that can be played from here without more coming. */
function ahead(video) {
  const ranges = video.buffered;
  return ranges.length ? ranges.end(ranges.length - 1) - video.currentTime : 0;
}
