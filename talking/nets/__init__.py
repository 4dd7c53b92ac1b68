"""Networks as torch modules: no files but weights, no downloads, no choice of device."""
