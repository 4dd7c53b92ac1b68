/* Where the server is, as the visitor reaches it: behind a proxy that may be a folder of another site. */
const root = (window.gradio_config?.root || "").replace(/\/$/, "");
const homed = (address) => /^\w+:/.test(address) ? address : `${root}/${address}`;
