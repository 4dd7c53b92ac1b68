/* Where the server is, as the visitor reaches it: behind a proxy that may be a folder of another site. Addresses that
   begin with a slash have that folder already. */
const root = (window.gradio_config?.root || "").replace(/\/$/, "");
const homed = (address) => /^(\w+:|\/)/.test(address) ? address : `${root}/${address}`;
