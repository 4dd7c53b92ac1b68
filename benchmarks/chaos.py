"""Treats a whole service badly, with its real processes, and looks whether it kept its promises.

    python benchmarks/chaos.py --database sqlite --jobs 200 --kills 50

Exit code 0 means that nothing was found; 1 that a promise was broken, which the table names; 2 that
something is not here that the scenario needs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from rig import outages, scenarios
from rig.bucket import NoBucket
from rig.checks import Finding
from rig.places import new_place
from rig.postgres import NoPostgres

SCENARIOS = {
    "kills": scenarios.kills,
    "disk-full": outages.disk_full,
    "storage-away": outages.storage_away,
    "database-away": outages.database_away,
}


def main() -> int:
    """Run a scenario, print its table."""
    arguments = _arguments()
    folder = new_place(arguments.folder)
    wishes = scenarios.Wishes(
        arguments.jobs, arguments.kills, arguments.database == "postgres", arguments.storage == "bucket",
        arguments.workers, arguments.webs, arguments.seed, arguments.haste, arguments.spare_webs, arguments.moto,
    )  # fmt: skip
    began = time.monotonic()
    try:
        found = SCENARIOS[arguments.scenario](wishes, folder)
    except (NoPostgres, NoBucket, outages.NoRoot) as error:
        sys.stdout.write(f"{error}\n")
        return 2
    took = time.monotonic() - began
    faults = [fault for each in found for fault in each.faults]
    sys.stdout.write(f"{table(found)}\n\n{len(faults)} faults in {took:.0f} s; log and data in {folder}\n")
    if arguments.json:
        document = {"wishes": asdict(wishes), "seconds": round(took), "findings": [asdict(each) for each in found]}
        arguments.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return 1 if faults else 0


def table(found: list[Finding]) -> str:
    """A line for each finding, and below it what is wrong."""
    lines = []
    for each in found:
        lines.append(f"{'FAULT' if each.faults else 'ok':6}{each.name:28}{each.seen}")
        lines += [f"{'':34}! {fault}" for fault in each.faults[:12]]
        lines += [f"{'':34}! and {len(each.faults) - 12} more"] if len(each.faults) > 12 else []
        lines += [f"{'':34}{name}: {value}" for name, value in each.facts.items()]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=SCENARIOS, default="kills")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--storage", choices=("folder", "bucket"), default="folder")
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2, help="of their own, on Postgres")
    parser.add_argument("--webs", type=int, default=1, help="on Postgres")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--haste", type=float, default=1.0, help="kills so many times faster")
    parser.add_argument("--spare-webs", action="store_true", help="a quick look: only workers are killed")
    parser.add_argument("--moto", default="", help="path of moto_server, for a bucket")
    parser.add_argument("--folder", type=Path, default=None, help="for all that is made; it is kept")
    parser.add_argument("--json", type=Path, default=None, help="file for the findings")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
