"""The log: what a line holds, and what it must never hold."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest

from talking import logs

logger = logging.getLogger("talking.somewhere")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    found = logging.getLogger()
    handlers, level = list(found.handlers), found.level
    yield found
    found.handlers[:] = handlers
    found.setLevel(level)


def fail_on(text: str) -> None:
    try:
        int(text)
    except ValueError as error:
        raise RuntimeError(f"cannot say {text}") from error


def test_a_line_of_json_names_the_job_and_the_stage_of_its_thread(root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.configure("INFO", "json", stream)
    with logs.about("tlk_one"):
        logs.in_stage("film")
        logger.info("%s took %.2f s", "film", 1.5)
        other = threading.Thread(target=lambda: logger.warning("of\nnobody"))
        other.start()
        other.join()
    logs.in_stage("store")  # of no job
    logger.info("after")
    first, second, third = map(json.loads, stream.getvalue().splitlines())
    assert (first["job"], first["stage"], first["level"]) == ("tlk_one", "film", "info")
    assert (first["message"], first["logger"]) == ("film took 1.50 s", "talking.somewhere")
    assert first["time"].endswith("+00:00")
    assert "job" not in second and second["message"] == "of\nnobody"
    assert "job" not in third and "stage" not in third
    assert len(root.handlers) == 1


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_an_unforeseen_error_quotes_stays_out_of_the_log(form: str) -> None:
    written = {}
    for level in ("INFO", "DEBUG"):
        stream = io.StringIO()
        logs.configure(level, form, stream)
        with logs.about("tlk_two"):
            try:
                fail_on("my secret words")
            except RuntimeError:
                logger.exception("tlk_two: failed")
        written[level] = stream.getvalue()
    assert "my secret words" not in written["INFO"]
    assert "RuntimeError" in written["INFO"] and "ValueError" in written["INFO"] and "fail_on" in written["INFO"]
    assert "my secret words" in written["DEBUG"]


@pytest.mark.usefixtures("root")
def test_lines_for_people_name_the_job_once() -> None:
    stream = io.StringIO()
    logs.configure("INFO", "text", stream)
    with logs.about("tlk_three"):
        logger.info("tlk_three: stopped")
        logger.info("motion took 0.10 s")
        logger.debug("not shown")
    first, second = stream.getvalue().splitlines()
    assert first.endswith("INFO talking.somewhere: tlk_three: stopped")
    assert second.endswith("INFO talking.somewhere: [tlk_three] motion took 0.10 s")
