# Everything a person needs: `make demo` makes a talking video, `make app` serves the page, `make test` runs the checks.
# Each target sets up what it needs in .venv with pip alone; nothing asks for root.

PYTHON ?= $(firstword $(foreach v,3.11 3.12 3.10,$(shell command -v python$(v) 2>/dev/null)) python3)
VENV := .venv
BIN := $(VENV)/bin
TEXT ?= Hello! I am a picture, and now I can talk. Give me a face and some words, and I will say them for you.
OUT ?= out/demo.mp4

.PHONY: demo app test check install install-dev install-neural clean

demo: install
	@mkdir -p $(dir $(OUT))
	@$(BIN)/talking generate examples/portraits/$(or $(PORTRAIT),maya).jpg --text "$(TEXT)" --out $(OUT)
	@$(BIN)/talking evaluate $(OUT) --text "$(TEXT)"

app: install
	@$(BIN)/python app.py

test: install-dev check
	$(BIN)/pytest -n auto

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev
install-neural: $(VENV)/.installed-neural

# mediapipe asks for the OpenCV build with windows, which needs system OpenGL; the headless build of the same version
# is laid over it, so that slim images without libGL work.
define lay_headless
$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps opencv-contrib-python-headless==4.11.0.86
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 10) <= v < (3, 13) else "talking needs Python 3.10, 3.11 or 3.12 and found %d.%d. Name one with: make PYTHON=python3.11 ..." % v[:2])'
	@$(PYTHON) -c 'import platform, sys; sys.exit("talking cannot run here: mediapipe 0.10.21, which finds the faces, has no wheel for Linux on arm64. Use a Linux x86-64, macOS or Windows machine." if (sys.platform, platform.machine()) == ("linux", "aarch64") else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	$(lay_headless)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[dev]"
	$(lay_headless)
	@touch $@ $(VENV)/.installed

# insightface brings the OpenCV build with windows along, so the headless one is laid over it again.
$(VENV)/.installed-neural: $(VENV)/.installed-dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[neural]"
	$(lay_headless)
	@touch $@

clean:
	rm -rf $(VENV) out build *.egg-info
