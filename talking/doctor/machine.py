"""The machine: its Python, what is installed there, its memory and folders."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from talking.doctor.finding import Finding

_GB = 1e9
_LEAST_FREE = 1 * _GB
_LEAST_MEMORY = 1.5 * _GB
"""A film of 1920x1080 takes about 1 GB."""

_OPENCV = ("opencv-contrib-python", "opencv-contrib-python-headless")
HEADLESS = "pip install --force-reinstall --no-deps opencv-contrib-python-headless==4.11.0.86"


def python() -> Finding:
    """The interpreter and the system under it."""
    version = platform.python_version()
    system = f"{platform.system()} {platform.machine()}"
    facts = {"python": version, "system": system, "cores": os.cpu_count()}
    if not (3, 10) <= sys.version_info[:2] < (3, 13):
        return Finding("python", "fail", f"Python {version}: talking needs 3.10, 3.11 or 3.12.", facts)
    if (sys.platform, platform.machine()) == ("linux", "aarch64"):
        return Finding("python", "fail", "Linux on arm64: mediapipe, which finds the faces, has no wheel here.", facts)
    return Finding("python", "ok", f"Python {version} on {system}, {os.cpu_count()} cores.", facts)


def packages() -> Finding:
    """Whether each package that talking asks for is here, in a release that it can use."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in metadata.requires("talking") or ()]
    except metadata.PackageNotFoundError:
        return Finding("packages", "note", "talking is not installed, only there: pip install . says what it needs.")
    here: dict[str, str] = {}
    wrong: list[str] = []
    for each in wanted:
        if each.marker is not None and not each.marker.evaluate({"extra": ""}):
            continue
        found = _version(each.name)
        if found is None:
            wrong.append(f"{each.name} is missing")
            continue
        here[each.name] = found
        if not each.specifier.contains(found, prereleases=True):
            wrong.append(f"{each.name} is {found}, not {each.specifier}")
    extras = {name: found for name in ("piper-tts", "onnxruntime", "s3fs", "insightface") if (found := _version(name))}
    facts = {"here": here, "extras": extras, "wrong": wrong}
    if wrong:
        return Finding("packages", "fail", f"{'; '.join(wrong)}. Install again: pip install .", facts)
    more = f", and of the extras {', '.join(extras)}" if extras else ""
    return Finding("packages", "ok", f"All {len(here)} packages are here in releases that fit{more}.", facts)


def opencv() -> Finding:
    """Whether OpenCV and mediapipe can be loaded, which they cannot with the build for windows and no OpenGL."""
    try:
        import cv2
        import mediapipe as mp
    except ImportError as error:
        lib = "OpenGL" if "libGL" in str(error) else "a library"
        says = f"OpenCV misses {lib} of the system. Lay the headless build over it: {HEADLESS}"
        return Finding("opencv", "fail", says)
    built = cv2.getBuildInformation().splitlines()
    windows = next((line.split(":")[1].strip() for line in built if "GUI:" in line), "")
    facts = {"opencv": cv2.__version__, "windows": windows, "mediapipe": mp.__version__}
    if windows not in ("", "NONE"):
        says = f"OpenCV {cv2.__version__} is the build for windows ({windows}). It works here, not on slim images."
        return Finding("opencv", "note", says, facts)
    return Finding("opencv", "ok", f"OpenCV {cv2.__version__} needs no OpenGL; mediapipe {mp.__version__}.", facts)


def memory() -> Finding:
    """Memory of the machine, or of the container that this runs in."""
    try:
        whole = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return Finding("memory", "note", "This system does not say how much memory it has.")
    limit = _container_limit()
    most = min(whole, limit) if limit else whole
    facts = {"bytes": round(most), "of_container": limit is not None and limit < whole}
    if most < _LEAST_MEMORY:
        says = f"{most / _GB:.1f} GB: too little for films of 1920x1080, which need {_LEAST_MEMORY / _GB} GB."
        return Finding("memory", "fail", says, facts)
    return Finding("memory", "ok", f"{most / _GB:.1f} GB.", facts)


def folder(name: str, place: Path | None) -> Finding:
    """Whether files can be written to `place`, and how much room there is; the folder itself need not be there yet."""
    if place is None:
        return Finding(name, "note", "None is set, so nothing is kept.")
    there = next((each for each in (place, *place.resolve().parents) if each.is_dir()), None)
    if there is None or not _writable(there):
        return Finding(name, "fail", f"Files cannot be written to {place}. Name another folder, or allow it.")
    free = shutil.disk_usage(there).free
    facts = {"folder": str(place), "there": place.is_dir(), "free_bytes": free}
    says = f"{place} can be written, {free / _GB:.1f} GB are free."
    return Finding(name, "note" if free < _LEAST_FREE else "ok", says, facts)


def _version(name: str) -> str | None:
    for each in _OPENCV if name in _OPENCV else (name,):
        try:
            return metadata.version(each)
        except metadata.PackageNotFoundError:
            continue
    return None


def _writable(place: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".talking-"):
            return True
    except OSError:
        return False


def _container_limit() -> float | None:
    """Bytes that the control group of this process may use; None for as many as there are."""
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return float(Path(file).read_text())
        except (OSError, ValueError):
            continue
    return None
