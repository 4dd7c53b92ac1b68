"""A short-lived process that puts the jobs of a dead worker back into the queue. Its order is JSON on its input."""

from __future__ import annotations

import json
import sys
import time

from talking.jobs import queue
from talking.jobs.database import Database

_PATIENCE = 30.0


def main() -> int:
    """Take the dead worker's name, which makes the queue put its jobs back, and leave. 0 when none is left."""
    from dbos import DBOS

    order = json.load(sys.stdin)
    database, dead = Database(order["database"]), order["executor"]
    DBOS(config=queue.worker_config(database, dead))
    DBOS.listen_queues([])
    DBOS.launch()
    client = queue.client(database)
    until = time.monotonic() + _PATIENCE
    try:
        while held := client.list_workflows(
            status="PENDING", executor_id=dead, app_version=queue.VERSION, load_input=False
        ):
            if time.monotonic() > until:
                return min(len(held), 100)
            time.sleep(0.02)
        return 0
    finally:
        client.destroy()
        DBOS.destroy()
        database.close()


if __name__ == "__main__":
    sys.exit(main())
